#include "service/base/secret_string.h"

#include <openssl/crypto.h>

#include <utility>

namespace blooio::gateway {

// Short strings live inside the object, so moving one copies it: every path
// wipes the source explicitly.
SecretString::SecretString(std::string&& text) : text_(text) { Wipe(text); }

SecretString::SecretString(SecretString&& other) noexcept : text_(std::move(other.text_)) {
  Wipe(other.text_);
}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this != &other) {
    Wipe(text_);
    text_ = std::move(other.text_);
    Wipe(other.text_);
  }
  return *this;
}

SecretString::~SecretString() { Wipe(text_); }

void Wipe(std::string& text) {
  // A moved-from string keeps its inline buffer; grow to it so that it is covered.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace blooio::gateway
