#include "service/server/recipient_key.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

#include "service/base/file_content.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

constexpr char kSetting[] = "log.recipient_key_file ";

SecretString RandomKey() {
  std::string key(kLeastRecipientKeyBytes, '\0');
  // Without randomness everybody could tell who the recipients are: stop instead.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) abort();
  return SecretString(std::move(key));
}

}  // namespace

absl::StatusOr<SecretString> ReadRecipientKey(const std::string& path) {
  if (path.empty()) return RandomKey();
  absl::StatusOr<SecretString> key = ReadSecretFile(path, kMostRecipientKeyBytes);
  if (!key.ok()) {
    return absl::Status(key.status().code(),
                        Cat(kSetting, std::string(key.status().message()), "; check the path and its mode"));
  }
  if (key->size() < kLeastRecipientKeyBytes || key->size() > kMostRecipientKeyBytes) {
    return absl::InvalidArgumentError(
        Cat(kSetting, path, ": does not hold ", kLeastRecipientKeyBytes, " to ", kMostRecipientKeyBytes,
            " bytes; write a random key into it, such as of `openssl rand 32`"));
  }
  return key;
}

}  // namespace blooio::gateway
