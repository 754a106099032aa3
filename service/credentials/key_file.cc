#include "service/credentials/key_file.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "service/base/file_content.h"
#include "service/base/text.h"
#include "service/base/visible_ascii.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kLongestLineEnd = "\r\n";

absl::Status Unreadable(const absl::Status& status) {
  const bool is_file = !absl::IsFailedPrecondition(status);
  return absl::Status(status.code(), Cat("key file ", std::string(status.message()),
                                         is_file ? "; check the path and its mode"
                                                 : "; name the file that holds the API key"));
}

absl::Status ContentError(const std::string& path, const std::string& sentence) {
  return absl::InvalidArgumentError(Cat("key file ", path, ": ", sentence));
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view WithoutLineEnd(std::string_view text) {
  if (!text.ends_with('\n')) return text;
  text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

absl::StatusOr<SecretString> ReadKeyFile(const std::string& path) {
  const absl::StatusOr<SecretString> content = ReadSecretFile(path, kMaxKeyBytes + kLongestLineEnd.size());
  if (!content.ok()) return Unreadable(content.status());
  const std::string_view key = WithoutLineEnd(content->Reveal());
  if (key.empty()) return ContentError(path, "is empty; write the API key into it");
  if (key.size() > kMaxKeyBytes) {
    return ContentError(
        path, Cat("is longer than ", kMaxKeyBytes, " bytes; it has to hold one API key and nothing else"));
  }
  if (std::any_of(key.begin(), key.end(), IsBlank)) {
    return ContentError(path, "has blanks or several lines; it has to hold one API key and nothing else");
  }
  if (!IsVisibleAscii(key)) {
    return ContentError(path, "has characters that no API key has; save it again as plain ASCII text");
  }
  return SecretString(std::string(key));
}

}  // namespace blooio::gateway
