#include "service/credentials/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kLongestLineEnd = "\r\n";

absl::Status SystemError(int error, const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat("key file ", path, ": cannot be read (",
                                   std::generic_category().message(error), "); check the path and its mode"));
}

absl::Status ContentError(const std::string& path, const std::string& sentence) {
  return absl::InvalidArgumentError(absl::StrCat("key file ", path, ": ", sentence));
}

bool IsVisibleAscii(char c) { return c > ' ' && c < 0x7f; }
bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Fills `buffer` from the file, then cuts it to what was read.
absl::Status Read(int fd, const std::string& path, std::string& buffer) {
  size_t length = 0;
  while (length < buffer.size()) {
    const ssize_t count = read(fd, buffer.data() + length, buffer.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, path);
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  buffer.resize(length);
  return absl::OkStatus();
}

void DropLineEnd(std::string& text) {
  if (!text.ends_with('\n')) return;
  text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

absl::StatusOr<SecretString> ReadKeyFile(const std::string& path) {
  // Non-blocking, so that a pipe without a writer is refused and not waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(errno, path);
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError(errno, path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file ", path, ": is not a regular file; name the file that holds the API key"));
  }

  // One byte more than the longest good file, to notice a longer one.
  std::string text(kMaxKeyBytes + kLongestLineEnd.size() + 1, '\0');
  const absl::Cleanup wipe = [&text] { Wipe(text); };
  if (absl::Status status = Read(fd, path, text); !status.ok()) return status;
  DropLineEnd(text);
  if (text.empty()) return ContentError(path, "is empty; write the API key into it");
  if (text.size() > kMaxKeyBytes) {
    return ContentError(path, absl::StrCat("is longer than ", kMaxKeyBytes,
                                           " bytes; it has to hold one API key and nothing else"));
  }
  if (std::any_of(text.begin(), text.end(), IsBlank)) {
    return ContentError(path, "has blanks or several lines; it has to hold one API key and nothing else");
  }
  if (!std::all_of(text.begin(), text.end(), IsVisibleAscii)) {
    return ContentError(path, "has characters that no API key has; save it again as plain ASCII text");
  }
  return SecretString(std::move(text));
}

}  // namespace blooio::gateway
