// A public file (authorities, key sets) that something is loaded from at start,
// and again whenever its content changes.
//
//   auto file = WatchedFile::Open("client_ca_file", path, files, [&](std::string_view pem) { return
//   ….Load(pem); });
//
// A later content that cannot be read or loaded changes nothing; the log says so
// once. Loads run in Open and then on the watcher's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/base/file_watcher.h"

namespace blooio::gateway {

class WatchedFile {
 public:
  static constexpr size_t kMostBytes = 1 << 20;
  // The second half of a sentence about the file, when it is no good.
  using Load = std::function<absl::Status(std::string_view content)>;

  // Loads the file at `path`, which the setting `name` has. Fails with a sentence
  // that names both.
  static absl::StatusOr<WatchedFile> Open(std::string name, std::string path, FileWatcher& files, Load load);

 private:
  explicit WatchedFile(FileWatcher::Watch watch) : watch_(std::move(watch)) {}
  FileWatcher::Watch watch_;
};

}  // namespace blooio::gateway
