#include "service/base/folder_events.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace blooio::gateway {
namespace {

// Not IN_MODIFY: half a file is nobody's business.
constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR;

}  // namespace

FolderEvents::FolderEvents(bool enabled) : inotify_(enabled ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1) {}

bool FolderEvents::Follow(const std::string& folder, const std::string& name, Names& trail) {
  if (!inotify_.valid()) return false;
  // For a folder that is watched already this is the same number again.
  const int watch = inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
  if (watch < 0) return errno == ENOENT || errno == ENOTDIR;
  folders_[watch] = folder;
  trail.emplace(watch, name);
  round_.emplace(watch, name);
  return true;
}

bool FolderEvents::Touched(const Names& names) const {
  return missed_ || std::any_of(names.begin(), names.end(),
                                [this](const Name& name) { return touched_.contains(name); });
}

void FolderEvents::ForgetOthers() {
  followed_ = std::exchange(round_, {});
  touched_.clear();
  missed_ = false;
  std::erase_if(folders_, [this](const auto& folder) {
    const auto name = followed_.lower_bound({folder.first, ""});
    if (name != followed_.end() && name->first == folder.first) return false;
    inotify_rm_watch(inotify_.get(), folder.first);
    return true;
  });
}

bool FolderEvents::Read() {
  alignas(inotify_event) char buffer[16384];
  const ssize_t length = read(inotify_.get(), buffer, sizeof buffer);
  bool any = false;
  for (ssize_t at = 0; at < length;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    if ((event->mask & (IN_Q_OVERFLOW | IN_UNMOUNT)) != 0) any = missed_ = true;
    if (event->len == 0) continue;
    const std::string name = event->name;
    const bool created_file = (event->mask & (IN_CREATE | IN_ISDIR)) == IN_CREATE;
    if (created_file && IsBeingWritten(event->wd, name)) continue;
    any |= Take(event->wd, name);
  }
  return any;
}

bool FolderEvents::Take(int watch, const std::string& name) {
  if (!followed_.contains({watch, name})) return false;
  touched_.emplace(watch, name);
  return true;
}

bool FolderEvents::IsBeingWritten(int watch, const std::string& name) const {
  const auto folder = folders_.find(watch);
  struct stat info;
  return folder != folders_.end() && lstat((folder->second + "/" + name).c_str(), &info) == 0 &&
         S_ISREG(info.st_mode) && info.st_nlink == 1;
}

}  // namespace blooio::gateway
