#include "tests/soak/answers.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/code.pb.h"

namespace blooio::soak {
namespace {

using google::rpc::Code;

// With these nothing has happened, if they come from the gateway.
constexpr int kRefusals[] = {Code::INVALID_ARGUMENT, Code::RESOURCE_EXHAUSTED, Code::FAILED_PRECONDITION,
                             Code::NOT_FOUND,        Code::UNIMPLEMENTED,      Code::ALREADY_EXISTS,
                             Code::UNAUTHENTICATED,  Code::PERMISSION_DENIED};
// Nor with UNAVAILABLE for one of these reasons.
constexpr const char* kNotReached[] = {"UPSTREAM_UNREACHABLE", "GATEWAY_OVERLOADED", "GATEWAY_DRAINING",
                                       "UPSTREAM_CIRCUIT_OPEN", "ACCOUNT_WITHOUT_KEY"};
// Nothing that the soak does makes a gateway say so.
constexpr int kUnexpected[] = {Code::INTERNAL, Code::NOT_FOUND, Code::UNAUTHENTICATED,
                               Code::PERMISSION_DENIED, Code::ALREADY_EXISTS};

template <class List, class Value>
bool IsIn(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

Meaning MeaningOf(int code, const std::string& reason, const std::string& phase) {
  if (reason.empty()) return Meaning::kUnknown;
  bool not_sent = IsIn(kRefusals, code);
  if (code == Code::UNAVAILABLE) not_sent = IsIn(kNotReached, reason);
  if (code == Code::DEADLINE_EXCEEDED) not_sent = phase == "queue" || phase == "connect";
  return not_sent ? Meaning::kNotSent : Meaning::kUnknown;
}

}  // namespace

Word ReadWord(const integration::Result& result) {
  Word word;
  word.code = result.code;
  word.reason = result.Reason();
  const std::string phase = result.Fact("phase");
  word.meaning = MeaningOf(result.code, word.reason, phase);
  word.more = absl::StrCat(result.message.substr(0, 120), phase.empty() ? "" : "; phase ", phase,
                           "; attempts ", result.Trailer("blooio-attempts"), "; upstream status ",
                           result.Trailer("blooio-upstream-status"));
  if (const auto info = result.Only<google::rpc::RequestInfo>()) word.key = info->request_id();
  int64_t milliseconds = -1;
  if (absl::SimpleAtoi(result.Trailer("grpc-retry-pushback-ms"), &milliseconds)) {
    word.pushback = absl::Milliseconds(milliseconds);
  }
  return word;
}

std::string NameOf(const Word& word) {
  const std::string code = google::rpc::Code_Name(word.code);
  return word.reason.empty() || word.reason == code ? code : absl::StrCat(code, " ", word.reason);
}

std::string BrokenPromise(const Operation& operation, const Word& word) {
  if (word.reason.empty()) return "";
  const bool read = operation.kind == Kind::kRead;
  // An answer cut off or not to be read.
  if (read && word.reason == "UPSTREAM_BAD_RESPONSE") return "";
  if (IsIn(kUnexpected, word.code)) return "unexpected answer";
  if (word.code == Code::UNKNOWN && read) return "a read is not unknown";
  if (word.reason == "UPSTREAM_UNAVAILABLE" && !read && (operation.key.empty() || !operation.send())) {
    return "UNAVAILABLE although a blind repeat is not safe";
  }
  if (word.reason == "IDEMPOTENCY_KEY_REUSED" && operation.manner != Manner::kOtherPayload) {
    return "its own key is said to be another's";
  }
  if (word.reason == "RETRY_WITHOUT_KEY" && (operation.manner != Manner::kPolicy || !operation.key.empty())) {
    return "RETRY_WITHOUT_KEY for no repeat without a key";
  }
  if (word.reason == "OUTCOME_UNKNOWN" && operation.send() && word.key.empty()) {
    return "unknown, and no key to ask again with";
  }
  return "";
}

}  // namespace blooio::soak
