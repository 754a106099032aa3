#include "service/server/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

absl::Status SystemError() { return absl::ErrnoToStatus(errno, "cannot keep a file in memory"); }

bool Write(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

absl::Status MemoryFile::Replace(std::string_view content) {
  FileDescriptor next(memfd_create(name_.c_str(), MFD_CLOEXEC));
  if (!next.valid() || fchmod(next.get(), S_IRUSR | S_IWUSR) != 0 || !Write(next.get(), content)) {
    return SystemError();
  }
  const timespec version = {.tv_sec = ++versions_, .tv_nsec = 0};
  const timespec times[] = {version, version};
  if (futimens(next.get(), times) != 0) return SystemError();
  if (file_.valid()) {
    // The number stays, and with it the path.
    return dup3(next.get(), file_.get(), O_CLOEXEC) < 0 ? SystemError() : absl::OkStatus();
  }
  file_ = std::move(next);
  path_ = Cat("/proc/self/fd/", file_.get());
  return absl::OkStatus();
}

}  // namespace blooio::gateway
