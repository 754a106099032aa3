// Takes a changed configuration file over into a running gateway: when somebody
// sends SIGHUP, and by itself when the file's content changes.
//
//   Reloader reloader(path, *gateway, files);
//   while (WaitForSignal(absl::InfiniteDuration()) == Signal::kReload) reloader.Reload();
//
// No call is disturbed: those under way end with the configuration that they
// began with. A file with a mistake changes nothing; the log says what is wrong,
// and it is tried again at the watcher's next looks, because what it names may
// come later than it. Settings that need a restart keep the values that the
// process began with; what is taken over has to be right together with those.
//
// Thread-safety: used by one thread, the one that waits for signals.
#pragma once

#include <atomic>
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
  // The watcher's look, on its thread: asks for a reload.
  void Look();
  // Why nothing changed, or OK.
  absl::Status TryToReload();

  const std::string path_;
  const v1::GatewayConfig started_with_;
  v1::GatewayConfig current_;
  Gateway& gateway_;
  absl::Status problem_;  // of the last reload
  // What the last look found; the watcher's thread's.
  std::string seen_;
  std::atomic<bool> refused_ = false;
  // The reload that was asked for is of a file that was refused before.
  std::atomic<bool> again_ = false;
  FileWatcher::Watch watch_;
};

}  // namespace blooio::gateway
