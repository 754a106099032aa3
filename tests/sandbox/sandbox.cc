#include "tests/sandbox/sandbox.h"

#include <utility>

#include "tests/sandbox/control.h"

namespace blooio::sandbox {

Sandbox::Sandbox(std::string api_key, Store::Clock clock, RequestLimit::Clock steady)
    : api_(std::move(api_key), std::move(clock), std::move(steady)) {}

Answer Sandbox::Handle(const HttpRequest& request) {
  Answer answer;
  if (request.target.starts_with(kControlPrefix)) {
    answer.response = HandleControl(request, *this);
    return answer;
  }
  if (journaling) answer.journal_number = journal_.Add(request);
  std::optional<Fault> fault = faults_.Take(request);
  if (!fault) {
    answer.response = HandleApi(request, api_);
    return answer;
  }
  journal_.SetFault(answer.journal_number, fault->number);
  answer.delivery = fault->delivery;
  if (fault->execute) answer.response = HandleApi(request, api_);
  if (fault->response) answer.response = *std::move(fault->response);
  return answer;
}

void Sandbox::Refused(const HttpRequest& request, int status) {
  if (journaling) journal_.SetAnswered(journal_.Add(request), status);
}

void Sandbox::Answered(uint64_t journal_number, int status) { journal_.SetAnswered(journal_number, status); }

void Sandbox::Reset() {
  api_.Reset();
  journal_.Clear();
  faults_.Clear();
  journaling = true;
}

uint64_t Sandbox::ConnectionOpened() {
  ++open_connections_;
  return ++connections_;
}

}  // namespace blooio::sandbox
