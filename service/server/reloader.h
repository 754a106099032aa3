// Takes a changed configuration file over into a running gateway: when somebody
// sends SIGHUP, and by itself when the file's content changes.
//
//   Reloader reloader(path, *gateway, files);
//   while (WaitForSignal(absl::InfiniteDuration()) == Signal::kReload) reloader.Reload();
//
// No call is disturbed: those under way end with the configuration that they
// began with. A file with a mistake changes nothing; the log says what is wrong.
//
// Thread-safety: used by one thread, the one that waits for signals.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/file_watcher.h"
#include "service/server/gateway.h"

namespace blooio::gateway {

class Reloader {
 public:
  // `path` may be empty: there is no file, and nothing to reload. `current` is what
  // the gateway was started with.
  Reloader(std::string path, v1::GatewayConfig current, Gateway& gateway, FileWatcher& files);

  // Reads the file and has the gateway work by it.
  void Reload();

 private:
  // Why nothing changed, or OK.
  absl::Status TryToReload();

  const std::string path_;
  const v1::GatewayConfig started_with_;
  v1::GatewayConfig current_;
  Gateway& gateway_;
  FileWatcher::Watch watch_;
};

}  // namespace blooio::gateway
