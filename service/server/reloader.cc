#include "service/server/reloader.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/str_join.h"
#include "service/base/file_content.h"
#include "service/config/changes.h"
#include "service/config/config.h"
#include "service/server/signals.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMostCompared = 2 << 20;

// Asks for a reload whenever the file reads otherwise than before; once at first,
// because it may have changed since it was loaded.
FileWatcher::Look AskWhenChanged(const std::string& path) {
  return [path, last = std::string()]() mutable {
    absl::StatusOr<std::string> content = ReadFileContent(path, kMostCompared);
    // Away for a moment, as while somebody replaces it.
    if (!content.ok() || *content == last) return;
    last = *std::move(content);
    AskForReload();
  };
}

}  // namespace

Reloader::Reloader(std::string path, v1::GatewayConfig current, Gateway& gateway, FileWatcher& files)
    : path_(std::move(path)), started_with_(current), current_(std::move(current)), gateway_(gateway) {
  if (!path_.empty()) watch_ = files.Add({path_}, AskWhenChanged(path_));
}

void Reloader::Reload() {
  if (path_.empty()) return;
  if (const absl::Status status = TryToReload(); !status.ok()) {
    gateway_.CountBadReload();
    Log(LogLevel::kError, "configuration_refused",
        {{"effect", "the gateway goes on with the last good one"},
         {"problem", std::string(status.message())}});
  }
}

absl::Status Reloader::TryToReload() {
  absl::StatusOr<v1::GatewayConfig> config = LoadConfig(path_);
  if (!config.ok()) return config.status();
  if (google::protobuf::util::MessageDifferencer::Equals(*config, current_)) {
    Log(LogLevel::kDebug, "configuration_unchanged");
    return absl::OkStatus();
  }
  if (absl::Status status = gateway_.Use(*config); !status.ok()) return status;
  const std::vector<std::string> kept = ChangesThatNeedRestart(started_with_, *config);
  if (!kept.empty()) {
    Log(LogLevel::kWarning, "restart_needed", {{"settings", absl::StrJoin(kept, ", ")}});
  }
  Log(LogLevel::kInfo, "configuration_loaded",
      {{"accounts", std::to_string(config->accounts_size())},
       {"callers", std::to_string(config->callers_size())}});
  current_ = *std::move(config);
  return absl::OkStatus();
}

}  // namespace blooio::gateway
