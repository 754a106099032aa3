// Tells when what stands behind paths may have changed: keys, certificates,
// configuration.
//
//   FileWatcher watcher;
//   FileWatcher::Watch key = watcher.Add({"/etc/blooio/keys/main"}, [this] { ReadAgain(); });
//
// One thread listens to the kernel (inotify(7)) in every folder that a path leads
// through, symbolic links included, so that a file replaced by rename, a folder
// swapped the way the kubelet does it (`..data`) and a path that does not exist yet
// are all noticed at once. Files that are being written are not looked at before
// they are closed. Beside that everything is looked at every `poll`, which finds
// what the kernel does not tell (network file systems, no inotify left).
//
// A look reads the file itself and compares: it also comes when nothing changed.
// Events close together, as of one swap, are one look; under a steady stream of
// them a look comes every 100 ms.
//
// Thread-safe. Looks run one at a time on the watcher's thread, so they should be
// short; they may add and drop watches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace blooio::gateway {

class FileWatcher {
 private:
  class Core;
  struct Entry;

 public:
  using Look = absl::AnyInvocable<void()>;
  struct Options {
    absl::Duration poll = absl::Seconds(10);
    // Off: polls alone.
    bool inotify = true;
  };

  // Ends its watch when it goes: no look of it runs or begins afterwards. Waits for
  // one that runs, except within a look itself. May outlive the watcher.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();

   private:
    friend class FileWatcher;
    Watch(std::shared_ptr<Core> core, std::shared_ptr<Entry> entry);
    std::shared_ptr<Core> core_;
    std::shared_ptr<Entry> entry_;
  };

  FileWatcher() : FileWatcher(Options()) {}
  explicit FileWatcher(const Options& options);
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;
  // Returns when a look that runs has ended. Not to be called by a look.
  ~FileWatcher();

  // Looks once, soon, so that what changed before the paths were watched is not
  // missed, and from then on whenever one of them may have changed. Empty and
  // missing paths are fine. With `again` each look has a second one so much later,
  // for those who take up only what they find twice: the poll may meet a writer.
  [[nodiscard]] Watch Add(std::vector<std::string> paths, Look look,
                          absl::Duration again = absl::ZeroDuration());

  // Looks at everything soon.
  void Poke();

  // Some folder cannot be watched (no inotify, its limits, the folder's mode), so
  // that changes behind it are found by the poll only. Worth a line in the log.
  bool polls_only() const;

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace blooio::gateway
