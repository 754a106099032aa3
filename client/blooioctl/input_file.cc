#include "client/blooioctl/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "service/base/secret_string.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;

constexpr size_t kFirstChunk = 65536;

absl::Status Unreadable(std::string_view name, int error) {
  return absl::InvalidArgumentError(
      Cat("cannot read ", name, " (", std::generic_category().message(error), ")"));
}

}  // namespace

absl::StatusOr<std::string> ReadInput(int descriptor, std::string_view name, size_t limit) {
  // Grows only when full, so that no copy of a short secret stays behind.
  std::string text(std::min(limit + 1, kFirstChunk), '\0');
  size_t length = 0;
  while (length <= limit) {
    if (length == text.size()) text.resize(std::min(limit + 1, 2 * length));
    const ssize_t count = read(descriptor, text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      gateway::Wipe(text);
      return Unreadable(name, error);
    }
    if (count == 0) {
      text.resize(length);
      return text;
    }
    length += static_cast<size_t>(count);
  }
  gateway::Wipe(text);
  return absl::InvalidArgumentError(Cat("cannot read ", name, ": it is longer than ", limit, " bytes"));
}

absl::StatusOr<std::string> ReadInputFile(const std::string& path, size_t limit) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Unreadable(path, errno);
  const absl::Cleanup close_file = [descriptor] { close(descriptor); };
  struct stat info;
  if (fstat(descriptor, &info) != 0) return Unreadable(path, errno);
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    return absl::InvalidArgumentError(Cat("cannot read ", path, ": it is neither a regular file nor a pipe"));
  }
  return ReadInput(descriptor, path, limit);
}

}  // namespace blooio::client
