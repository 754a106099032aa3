// The keys of a configured account, read from its files and read again when those
// change; log and metrics say what became of them.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/file_watcher.h"
#include "service/credentials/account_keys.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

// Fails with one sentence that says what to change. The files are watched for as
// long as somebody holds the keys; `watcher` may go before,
// `telemetry` outlives them.
absl::StatusOr<std::shared_ptr<AccountKeys>> OpenKeys(const v1::AccountConfig& config, FileWatcher& watcher,
                                                      Telemetry& telemetry);

}  // namespace blooio::gateway
