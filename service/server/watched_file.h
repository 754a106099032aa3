// A setting's file, or several that only make sense together, that something is
// loaded from at start and again whenever their content changes: authorities, key
// sets, a certificate with its key.
//
//   auto file = WatchedFile::Open("service_account_tokens.jwks_file", {path}, files, telemetry,
//                                 [&](WatchedFile::Contents contents) { return Load(contents[0]); });
//
// A later content that cannot be read or loaded changes nothing. The log says so
// once (`file_refused`, and `file_loaded` when all is well again), the metric
// blooio_gateway_file_refused for as long as it lasts.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/file_watcher.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

class WatchedFile {
 public:
  // Of each file.
  static constexpr size_t kMostBytes = 1 << 20;
  // In the order of the paths; wiped afterwards. What they hold may be secret.
  using Contents = std::span<const std::string_view>;
  // Takes them over, or says in one sentence with the path what is wrong and changes
  // nothing. Runs in Open, and then on the watcher's thread.
  using Load = std::function<absl::Status(Contents)>;

  // Loads the files at `paths`, which the setting `name` has. Fails with a sentence
  // that names both. `files` and `telemetry` outlive what is opened.
  static absl::StatusOr<WatchedFile> Open(std::string name, std::vector<std::string> paths,
                                          FileWatcher& files, Telemetry& telemetry, Load load);
  WatchedFile(WatchedFile&&) noexcept;
  ~WatchedFile();

 private:
  class State;
  WatchedFile(std::unique_ptr<State> state, FileWatcher& files);

  std::unique_ptr<State> state_;
  FileWatcher::Watch watch_;  // Goes first.
};

}  // namespace blooio::gateway
