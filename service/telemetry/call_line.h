// The line of one call: who called what, on which account, what became of it,
// how long it took, and whom it concerned, told so that only a holder of the
// recipient key can say who that is. Never text, names, tokens or keys.
#pragma once

#include <string_view>

#include "absl/time/clock.h"
#include "service/telemetry/call_record.h"
#include "service/telemetry/log.h"
#include "service/telemetry/recipient_hash.h"

namespace blooio::gateway {

// Most recipients and ids of one line.
inline constexpr size_t kMostListed = 8;

// "info", or "error" for an alarm.
LogLevel LevelOf(const CallRecord& record);

// The line, without its end; valid until the thread builds another one.
std::string_view CallLine(const CallRecord& record, const RecipientHash& hash, LogFormat format,
                          absl::Time now = absl::Now());

}  // namespace blooio::gateway
