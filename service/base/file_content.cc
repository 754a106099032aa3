#include "service/base/file_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "service/base/file_descriptor.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

absl::Status SystemError(int error, const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      Cat(path, ": cannot be read (", std::generic_category().message(error), ")"));
}

}  // namespace

absl::StatusOr<std::string> ReadFileContent(const std::string& path, size_t max_bytes) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return SystemError(errno, path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return SystemError(errno, path);
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(Cat(path, ": is not a regular file"));
  std::string text;
  std::array<char, 65536> chunk;
  while (text.size() <= max_bytes) {
    const ssize_t count = read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, path);
    if (count == 0) break;
    text.append(chunk.data(), static_cast<size_t>(count));
  }
  return text;
}

}  // namespace blooio::gateway
