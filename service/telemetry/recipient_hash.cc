#include "service/telemetry/recipient_hash.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "absl/strings/escaping.h"

namespace blooio::gateway {
namespace {

constexpr size_t kShownBytes = 4;

uint64_t NextId() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

}  // namespace

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
