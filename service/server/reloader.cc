#include "service/server/reloader.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/str_join.h"
#include "service/base/file_content.h"
#include "service/base/text.h"
#include "service/config/changes.h"
#include "service/config/config.h"
#include "service/config/validate.h"
#include "service/server/signals.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMostCompared = 2 << 20;

}  // namespace

Reloader::Reloader(std::string path, v1::GatewayConfig current, Gateway& gateway, FileWatcher& files)
    : path_(std::move(path)), started_with_(current), current_(std::move(current)), gateway_(gateway) {
  if (!path_.empty()) watch_ = files.Add({path_}, [this] { Look(); });
}

// The first one asks, too: the file may have changed since it was loaded.
void Reloader::Look() {
  absl::StatusOr<std::string> content = ReadFileContent(path_, kMostCompared);
  // Away for a moment, as while somebody replaces it.
  if (!content.ok()) return;
  const bool again = *content == seen_;
  if (again && !refused_) return;
  seen_ = *std::move(content);
  again_ = again;
  AskForReload();
}

void Reloader::Reload() {
  if (path_.empty()) return;
  const bool again = again_.exchange(false);
  absl::Status status = TryToReload();
  refused_ = !status.ok();
  // Once, not at every look.
  if (!status.ok() && !(again && status == problem_)) {
    gateway_.CountBadReload();
    Log(LogLevel::kError, "configuration_refused",
        {{"effect", "the gateway goes on with the last good one"},
         {"problem", std::string(status.message())}});
  }
  problem_ = std::move(status);
}

absl::Status Reloader::TryToReload() {
  absl::StatusOr<v1::GatewayConfig> config = LoadConfig(path_);
  if (!config.ok()) return config.status();
  const std::string kept = absl::StrJoin(KeepWhatNeedsRestart(started_with_, &*config), ", ");
  ConfigErrors errors(path_);
  ValidateConfig(*config, &errors);
  if (!errors.empty()) {
    return absl::InvalidArgumentError(
        Cat(errors.ToStatus().message(), " (until a restart, these stay as they are: ", kept, ")"));
  }
  const bool same = google::protobuf::util::MessageDifferencer::Equals(*config, current_);
  if (!same) {
    if (absl::Status status = gateway_.Use(*config); !status.ok()) return status;
  }
  if (!kept.empty()) Log(LogLevel::kWarning, "restart_needed", {{"settings", kept}});
  if (same) {
    Log(LogLevel::kDebug, "configuration_unchanged");
  } else {
    Log(LogLevel::kInfo, "configuration_loaded",
        {{"accounts", config->accounts_size()}, {"callers", config->callers_size()}});
  }
  current_ = *std::move(config);
  return absl::OkStatus();
}

}  // namespace blooio::gateway
