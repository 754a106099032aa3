#include "service/upstream/classify.h"

#include <system_error>

#include "absl/strings/str_cat.h"

namespace blooio::gateway {
namespace {

bool IsUntrusted(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    default:
      return false;
  }
}

// The next time would go the same way. libcurl calls a request that is too large
// for its buffer out of memory, and a URL with a password a denied login.
bool IsUnsendable(CURLcode code) {
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
    case CURLE_UNKNOWN_OPTION:
      return true;
    default:
      return false;
  }
}

const char* Stage(const Verdict& verdict) {
  if (verdict.body_incomplete) return "answer";
  switch (verdict.phase) {
    case Phase::kQueue:
      return "queue";
    case Phase::kConnect:
      return "connect";
    case Phase::kSent:
      return "sent";
  }
  return "";
}

}  // namespace

Verdict Classify(const Evidence& evidence) {
  const bool begun = evidence.begun && !evidence.refused;
  const Phase phase = begun ? Phase::kSent : Phase::kConnect;
  if (evidence.cancelled) return {AttemptEnd::kCancelled, phase};
  if (evidence.code == CURLE_OK && evidence.status != 0) return {AttemptEnd::kAnswered, phase};
  if (evidence.code == CURLE_OPERATION_TIMEDOUT && evidence.deadline_passed) {
    return {AttemptEnd::kDeadline, phase};
  }
  if (evidence.status != 0) return {AttemptEnd::kAnswered, phase, true};
  if (begun) return {AttemptEnd::kLost, phase};
  if (IsUntrusted(evidence.code)) return {AttemptEnd::kTlsUntrusted, phase};
  if (IsUnsendable(evidence.code)) return {AttemptEnd::kUnsendable, phase};
  return {AttemptEnd::kNotSent, phase};
}

std::string Describe(const Evidence& evidence, const Verdict& verdict, long os_error) {
  if (verdict.end == AttemptEnd::kAnswered && !verdict.body_incomplete) return "";
  if (verdict.end == AttemptEnd::kCancelled) return absl::StrCat(Stage(verdict), ": cancelled");
  if (verdict.end == AttemptEnd::kDeadline) return absl::StrCat(Stage(verdict), ": deadline passed");
  if (evidence.code == CURLE_OK) return absl::StrCat(Stage(verdict), ": connection closed without an answer");
  if (evidence.refused) return absl::StrCat(Stage(verdict), ": stream refused");
  if (evidence.code == CURLE_ABORTED_BY_CALLBACK && verdict.end == AttemptEnd::kLost) {
    return absl::StrCat(Stage(verdict), ": connection lost, and not sent again");
  }
  std::string text = absl::StrCat(Stage(verdict), ": ", curl_easy_strerror(evidence.code));
  if (os_error != 0) {
    absl::StrAppend(&text, " (", std::generic_category().message(static_cast<int>(os_error)), ")");
  }
  return text;
}

}  // namespace blooio::gateway
