#include "service/base/file_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "service/base/file_descriptor.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

constexpr size_t kLeastRoom = 4096;

absl::Status SystemError(int error, const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      Cat(path, ": cannot be read (", std::generic_category().message(error), ")"));
}

// A string that grows by itself would leave copies of its text behind.
void Grow(std::string& text, size_t size) {
  std::string larger(size, '\0');
  std::copy(text.begin(), text.end(), larger.begin());
  text.swap(larger);
  Wipe(larger);
}

}  // namespace

absl::StatusOr<SecretString> ReadSecretFile(const std::string& path, size_t max_bytes) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return SystemError(errno, path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return SystemError(errno, path);
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(Cat(path, ": is not a regular file"));
  const size_t most = max_bytes + 1;
  std::string text;
  const absl::Cleanup wipe = [&text] { Wipe(text); };
  // One byte more than it has, so that one read may see the end.
  Grow(text, std::min(most, std::max(kLeastRoom, static_cast<size_t>(info.st_size) + 1)));
  size_t length = 0;
  while (length < most) {
    if (length == text.size()) Grow(text, std::min(most, 2 * length));
    const ssize_t count = read(file.get(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, path);
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  text.resize(length);
  return SecretString(std::move(text));
}

absl::StatusOr<std::string> ReadFileContent(const std::string& path, size_t max_bytes) {
  const absl::StatusOr<SecretString> content = ReadSecretFile(path, max_bytes);
  if (!content.ok()) return content.status();
  return std::string(content->Reveal());
}

}  // namespace blooio::gateway
