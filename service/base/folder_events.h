// The kernel's word that a name in a folder may lead elsewhere now, or to other
// content (inotify(7)). For FileWatcher.
//
// One thread at a time. Rounds: Follow for everything that matters, Touched as
// needed, ForgetOthers; then wait for fd() and Read, which begins the next round.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "service/base/file_descriptor.h"

namespace blooio::gateway {

class FolderEvents {
 public:
  // Names as the kernel tells them: the number of a folder's watch, and the name.
  using Name = std::pair<int, std::string>;
  using Names = std::set<Name>;

  // `enabled` false: as where the kernel has no inotify left.
  explicit FolderEvents(bool enabled);

  // Becomes readable with events; -1 when there never are any.
  int fd() const { return inotify_.get(); }

  // Listens for `name` in `folder` and notes it in `trail`. False when the folder
  // cannot be watched though it exists.
  bool Follow(const std::string& folder, const std::string& name, Names& trail);

  // One of these names was touched before the last Read returned.
  bool Touched(const Names& names) const;

  // Ends the round: gives up folders that were not followed in it.
  void ForgetOthers();

  // Takes up what has come, without waiting. True if it concerns a name that is
  // followed.
  bool Read();

 private:
  bool Take(int watch, const std::string& name);
  // Still being written: its writer closes it, and that is an event of its own.
  bool IsBeingWritten(int watch, const std::string& name) const;

  const FileDescriptor inotify_;
  Names followed_, round_;
  Names touched_;
  bool missed_ = false;  // The kernel dropped events: everything counts as touched.
  std::map<int, std::string> folders_;
};

}  // namespace blooio::gateway
