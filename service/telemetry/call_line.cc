#include "service/telemetry/call_line.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "service/telemetry/call_metrics.h"
#include "service/telemetry/call_names.h"
#include "service/telemetry/log_line.h"
#include "service/telemetry/trace_parent.h"

namespace blooio::gateway {
namespace {

constexpr size_t kLongestId = 64;
// Whose ids these are, digits and all.
constexpr std::string_view kMessagePrefix = "msg_";
// So many in a row may be somebody's number.
constexpr int kPhoneDigits = 7;

bool MayHoldANumber(std::string_view id) {
  int digits = 0;
  for (const unsigned char c : id) {
    digits = absl::ascii_isdigit(c) ? digits + 1 : 0;
    if (digits == kPhoneDigits) return true;
  }
  return false;
}

// An id comes from the upstream: only what looks like one is told.
bool IsTellable(std::string_view id) {
  if (!id.starts_with(kMessagePrefix) && MayHoldANumber(id)) return false;
  const auto is_id_character = [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; };
  return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), is_id_character) &&
         std::any_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_isalpha(c); });
}

void AddResultIds(std::span<const std::string_view> ids, LogLine& line) {
  std::vector<std::string> tellable;
  for (const std::string_view id : ids) {
    if (tellable.size() < kMostListed && IsTellable(id)) tellable.emplace_back(id);
  }
  if (tellable.empty()) return;
  line.Text("message_id", tellable.front());
  if (tellable.size() > 1) line.List("message_ids", tellable);
}

void AddRecipients(std::span<const std::string_view> recipients, const RecipientHash& hash, LogLine& line) {
  if (recipients.empty()) return;
  std::vector<std::string> hashes;
  for (const std::string_view recipient : recipients.first(std::min(recipients.size(), kMostListed))) {
    hashes.push_back(hash.Of(recipient));
  }
  line.List("recipients", hashes);
  line.Number("recipient_count", static_cast<int64_t>(recipients.size()));
}

}  // namespace

LogLevel LevelOf(const CallRecord& record) { return record.alarm ? LogLevel::kError : LogLevel::kInfo; }

std::string_view CallLine(const CallRecord& record, const RecipientHash& hash, LogFormat format,
                          absl::Time now) {
  LogLine line(format, LevelOf(record), "call", now);
  if (record.caller != nullptr) line.Word("caller", record.caller->name);
  if (record.account != nullptr) line.Word("account", record.account->name);
  line.Word("method", record.method->name);
  line.Word("code", CodeName(record.code));
  line.Word("reason", ReasonWord(record.reason));
  if (record.http_status > 0) line.Number("http_status", record.http_status);
  line.Number("attempts", static_cast<int64_t>(record.attempts.size()));
  if (!record.attempts.empty() || record.queued > absl::ZeroDuration()) {
    line.Milliseconds("queue_ms", record.queued);
  }
  if (!record.attempts.empty()) line.Milliseconds("upstream_ms", record.upstream);
  line.Milliseconds("total_ms", record.total);
  line.Number("request_bytes", static_cast<int64_t>(record.request_bytes));
  if (record.reply_bytes > 0) line.Number("reply_bytes", static_cast<int64_t>(record.reply_bytes));
  if (const auto trace = TraceId(record.trace_parent); !trace.empty()) line.Text("trace_id", trace);
  AddResultIds(record.result_ids, line);
  AddRecipients(record.recipients, hash, line);
  if (!record.credential.empty()) line.Text("credential", record.credential);
  if (!record.identity_failure.empty()) line.Text("cause", record.identity_failure);
  if (!record.rule.empty()) line.Text("rule", record.rule);
  if (!record.limit.empty()) line.Text("limit", record.limit).Text("shortage", record.shortage);
  if (!record.shadowed_limits.empty()) line.Text("shadow_limit", record.shadowed_limits.front());
  if (!record.ledger.empty()) line.Text("ledger", record.ledger);
  if (record.shadow) line.True("shadow");
  return line.Finish();
}

}  // namespace blooio::gateway
