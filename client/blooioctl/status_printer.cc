#include "client/blooioctl/status_printer.h"

#include <google/protobuf/any.pb.h>

#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "client/blooioctl/terminal_text.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Append;
using gateway::Cat;
using google::protobuf::Any;

constexpr std::string_view kPushback = "grpc-retry-pushback-ms";
constexpr std::string_view kTrailers[] = {kPushback, "blooio-upstream-status", "blooio-attempts"};

void Line(std::ostream& out, std::string_view text) { out << "  " << EscapeForTerminal(text) << '\n'; }

void Show(const google::rpc::ErrorInfo& info, std::ostream& out) {
  Line(out, Cat("reason: ", info.reason(), " (", info.domain(), ")"));
  const std::map<std::string, std::string> sorted(info.metadata().begin(), info.metadata().end());
  for (const auto& [key, value] : sorted) {
    out << "  ";
    Line(out, Cat(key, ": ", value));
  }
}

void Show(const google::rpc::BadRequest& bad, std::ostream& out) {
  for (const auto& violation : bad.field_violations()) {
    Line(out, Cat("violation: ", violation.field(), ": ", violation.description()));
  }
}

void Show(const google::rpc::RetryInfo& retry, std::ostream& out) {
  const auto& delay = retry.retry_delay();
  const absl::Duration wait = absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
  Line(out, Cat("repeat after: ", absl::FormatDuration(wait)));
}

void Show(const google::rpc::RequestInfo& request, std::ostream& out) {
  Line(out, Cat("request: ", request.request_id()));
  if (!request.serving_data().empty()) Line(out, Cat("serving data: ", request.serving_data()));
}

void Show(const google::rpc::QuotaFailure& quota, std::ostream& out) {
  for (const auto& violation : quota.violations()) {
    Line(out, Cat("quota: ", violation.subject(), ": ", violation.description()));
  }
}

void Show(const google::rpc::ResourceInfo& resource, std::ostream& out) {
  std::string text = Cat("resource: ", resource.resource_type(), " ", resource.resource_name());
  if (!resource.description().empty()) Append(&text, ": ", resource.description());
  Line(out, text);
}

// Shows the detail if it is a T that can be read.
template <typename T>
bool ShowAs(const Any& detail, std::ostream& out) {
  T message;
  if (!detail.Is<T>() || !detail.UnpackTo(&message)) return false;
  Show(message, out);
  return true;
}

void ShowDetail(const Any& detail, std::ostream& out) {
  using namespace google::rpc;  // NOLINT: the list below reads as a table
  const bool shown = ShowAs<ErrorInfo>(detail, out) || ShowAs<BadRequest>(detail, out) ||
                     ShowAs<RetryInfo>(detail, out) || ShowAs<RequestInfo>(detail, out) ||
                     ShowAs<QuotaFailure>(detail, out) || ShowAs<ResourceInfo>(detail, out);
  if (!shown) Line(out, Cat("detail: ", detail.type_url(), ", ", detail.value().size(), " bytes"));
}

std::string CodeName(int code) {
  std::string name = google::rpc::Code_IsValid(code) ? google::rpc::Code_Name(code) : "";
  return name.empty() ? Cat("CODE_", code) : name;
}

void ShowTrailers(const Outcome& outcome, std::string_view indent, std::ostream& out) {
  for (const std::string_view name : kTrailers) {
    const auto [first, last] = outcome.trailers.equal_range(std::string(name));
    for (auto it = first; it != last; ++it) {
      out << indent << name << ": " << EscapeForTerminal(it->second);
      if (name == kPushback && it->second.starts_with('-')) out << " (do not repeat)";
      out << '\n';
    }
  }
}

}  // namespace

void PrintFailure(const Outcome& outcome, std::ostream& out) {
  out << CodeName(outcome.code) << ": " << EscapeForTerminal(outcome.message) << '\n';
  google::rpc::Status status;
  if (!status.ParseFromString(outcome.details)) {
    Line(out, Cat("details that cannot be read, ", outcome.details.size(), " bytes"));
    status.Clear();
  }
  for (const Any& detail : status.details()) ShowDetail(detail, out);
  ShowTrailers(outcome, "  ", out);
}

void PrintTrailers(const Outcome& outcome, std::ostream& out) { ShowTrailers(outcome, "", out); }

}  // namespace blooio::client
