#include "tests/unit/identity/tokens.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <utility>

#include "absl/strings/escaping.h"
#include "service/base/text.h"

namespace blooio::gateway {

using nlohmann::json;

TestSigner TestSigner::Rsa(const std::string& key_id, int bits) {
  return {key_id, EVP_RSA_gen(static_cast<unsigned>(bits))};
}

TestSigner TestSigner::Ec(const std::string& key_id, const char* curve) {
  return {key_id, EVP_EC_gen(curve)};
}

bool TestSigner::is_rsa() const { return EVP_PKEY_is_a(key_.get(), "RSA") == 1; }

std::string TestSigner::Number(const char* parameter) const {
  BIGNUM* got = nullptr;
  if (EVP_PKEY_get_bn_param(key_.get(), parameter, &got) != 1) throw std::runtime_error(parameter);
  const BignumPtr number(got);
  const int length = is_rsa() ? BN_num_bytes(got) : (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  std::string bytes(length, '\0');
  BN_bn2binpad(got, reinterpret_cast<unsigned char*>(bytes.data()), length);
  return EncodeBase64Url(bytes);
}

json TestSigner::Jwk() const {
  if (is_rsa()) {
    return {{"kty", "RSA"},
            {"kid", id_},
            {"use", "sig"},
            {"alg", "RS256"},
            {"n", Number(OSSL_PKEY_PARAM_RSA_N)},
            {"e", Number(OSSL_PKEY_PARAM_RSA_E)}};
  }
  return {{"kty", "EC"},
          {"kid", id_},
          {"use", "sig"},
          {"alg", "ES256"},
          {"crv", EVP_PKEY_get_bits(key_.get()) == 256 ? "P-256" : "P-384"},
          {"x", Number(OSSL_PKEY_PARAM_EC_PUB_X)},
          {"y", Number(OSSL_PKEY_PARAM_EC_PUB_Y)}};
}

std::string TestSigner::PublicPem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key_.get());
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(length)};
}

json TestSigner::Header() const { return {{"alg", is_rsa() ? "RS256" : "ES256"}, {"kid", id_}}; }

std::string TestSigner::Token(const std::string& header, const std::string& payload) const {
  const std::string input = EncodeBase64Url(header) + "." + EncodeBase64Url(payload);
  return input + "." + EncodeBase64Url(Signature(input));
}

std::string TestSigner::Signature(std::string_view text) const {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  const auto* input = reinterpret_cast<const unsigned char*>(text.data());
  size_t length = 0;
  EVP_DigestSign(context.get(), nullptr, &length, input, text.size());
  std::string signature(length, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, input,
                 text.size());
  signature.resize(length);
  if (is_rsa()) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  const EcdsaSignaturePtr pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)));
  const int size = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  std::string raw(2 * size, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(raw.data()), size);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(raw.data()) + size, size);
  return raw;
}

std::string JwksOf(const std::vector<json>& keys) { return json{{"keys", keys}}.dump(); }

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text = absl::WebSafeBase64Escape(Piece(bytes));
  text.resize(text.find_last_not_of('=') + 1);
  return text;
}

json GoodClaims(absl::Time now, const std::string& subject) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  return {{"iss", kIssuer},
          {"aud", {kAudience}},
          {"sub", subject},
          {"iat", seconds},
          {"nbf", seconds},
          {"exp", seconds + 3600},
          {"jti", "8f6d0a52-0f2c-4f0b-9f0e-9a1b3d0a52aa"},
          {"kubernetes.io", {{"namespace", "shop"}, {"pod", {{"name", "billing-0"}}}}}};
}

}  // namespace blooio::gateway
