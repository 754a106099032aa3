#include "service/telemetry/recipient_hash.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

constexpr size_t kShownBytes = 4;

absl::Status Unusable(const std::string& path, std::string_view why, std::string_view what_to_do) {
  return absl::InvalidArgumentError(Cat("log.recipient_key_file ", path, ": ", why, "; ", what_to_do));
}

SecretString RandomKey() {
  std::string key(kLeastRecipientKeyBytes, '\0');
  // Without randomness everybody could tell who the recipients are: stop instead.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) abort();
  return SecretString(std::move(key));
}

uint64_t NextId() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

}  // namespace

absl::StatusOr<SecretString> ReadRecipientKey(const std::string& path) {
  if (path.empty()) return RandomKey();
  // Non-blocking, so that a pipe without a writer is refused and not waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto cannot_be_read = [&path](int error) {
    return Unusable(path, Cat("cannot be read (", std::generic_category().message(error), ")"),
                    "check the path and its mode");
  };
  if (fd < 0) return cannot_be_read(errno);
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return cannot_be_read(errno);
  if (!S_ISREG(info.st_mode))
    return Unusable(path, "is not a regular file", "name the file that holds the key");
  // One byte more than the longest good file, to notice a longer one.
  std::string key(kMostRecipientKeyBytes + 1, '\0');
  const absl::Cleanup wipe = [&key] { Wipe(key); };
  size_t length = 0;
  while (length < key.size()) {
    const ssize_t count = read(fd, key.data() + length, key.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_be_read(errno);
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  key.resize(length);
  if (length < kLeastRecipientKeyBytes || length > kMostRecipientKeyBytes) {
    return Unusable(path,
                    Cat("does not hold ", kLeastRecipientKeyBytes, " to ", kMostRecipientKeyBytes, " bytes"),
                    "write a random key into it, such as of `openssl rand 32`");
  }
  return SecretString(std::move(key));
}

RecipientHash::RecipientHash(SecretString key) : id_(NextId()) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                               EVP_MAC_free);
  keyed_.reset(EVP_MAC_CTX_new(hmac.get()));
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  const std::string_view bytes = key.Reveal();
  // An OpenSSL without HMAC could not have made a connection either.
  if (keyed_ == nullptr || EVP_MAC_init(keyed_.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                        bytes.size(), parameters.data()) != 1) {
    abort();
  }
}

std::string RecipientHash::Of(std::string_view recipient) const {
  thread_local Context context;
  thread_local uint64_t copied = 0;
  if (copied != id_) {
    context.reset(EVP_MAC_CTX_dup(keyed_.get()));
    copied = id_;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  size_t length = 0;
  // Without a key, it begins anew with the one it has.
  if (context == nullptr || EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(recipient.data()),
                     recipient.size()) != 1 ||
      EVP_MAC_final(context.get(), digest.data(), &length, digest.size()) != 1) {
    return "";  // Out of memory: a line without it.
  }
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), kShownBytes});
}

}  // namespace blooio::gateway
