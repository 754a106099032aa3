#include "service/identity/jwk.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "service/identity/base64url.h"
#include "service/identity/strict_json.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;

constexpr int kMinRsaBits = 2048;
// Beyond it reading a key, and one verification, takes too long.
constexpr int kMaxRsaBits = 4096;
constexpr size_t kP256Bytes = 32;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> BytesMember(const json& object, const char* name) {
  const std::string* text = StringMember(object, name);
  return text == nullptr ? std::nullopt : DecodeBase64Url(*text);
}

// An absent member allows everything, another type nothing.
bool IsAbsentOr(const json& object, const char* name, std::string_view wanted) {
  if (!object.contains(name)) return true;
  const std::string* text = StringMember(object, name);
  return text != nullptr && *text == wanted;
}

bool MayVerify(const json& object) {
  const auto operations = object.find("key_ops");
  if (operations == object.end()) return true;
  return operations->is_array() &&
         std::find(operations->begin(), operations->end(), json("verify")) != operations->end();
}

// The public key that OpenSSL makes of the parameters, if it is sound.
KeyPtr MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContextPtr maker(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (params == nullptr || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  KeyPtr key(made);
  const KeyContextPtr checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return EVP_PKEY_public_check(checker.get()) == 1 ? std::move(key) : nullptr;
}

KeyPtr ReadRsa(const json& object) {
  const auto modulus = BytesMember(object, "n");
  const auto exponent = BytesMember(object, "e");
  // No larger number gets to the arithmetic.
  if (!modulus || !exponent || modulus->size() > kMaxRsaBits / 8 || exponent->size() > 4) return nullptr;
  const BignumPtr n(BN_bin2bn(Bytes(*modulus), static_cast<int>(modulus->size()), nullptr));
  const BignumPtr e(BN_bin2bn(Bytes(*exponent), static_cast<int>(exponent->size()), nullptr));
  if (BN_num_bits(n.get()) < kMinRsaBits || !BN_is_odd(e.get()) || BN_is_one(e.get())) return nullptr;
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return MakeKey("RSA", builder.get());
}

KeyPtr ReadP256(const json& object) {
  const auto x = BytesMember(object, "x");
  const auto y = BytesMember(object, "y");
  const std::string* curve = StringMember(object, "crv");
  if (curve == nullptr || *curve != "P-256" || !x || !y) return nullptr;
  if (x->size() != kP256Bytes || y->size() != kP256Bytes) return nullptr;
  const std::string point = '\x04' + *x + *y;  // uncompressed, SEC 1 section 2.3.3
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return MakeKey("EC", builder.get());
}

// JWS has r and s side by side, 32 bytes each (RFC 7518, section 3.4); OpenSSL
// wants them in DER.
std::string DerSignature(std::string_view pair) {
  if (pair.size() != 2 * kP256Bytes) return "";
  const EcdsaSignaturePtr signature(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(Bytes(pair), kP256Bytes, nullptr));
  BignumPtr s(BN_bin2bn(Bytes(pair.substr(kP256Bytes)), kP256Bytes, nullptr));
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return "";
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  const BytesPtr owner(der);
  return length <= 0 ? "" : std::string(reinterpret_cast<const char*>(der), length);
}

}  // namespace

std::optional<Jwk> ReadJwk(const json& object) {
  const ErrorQueueGuard errors;
  if (!object.is_object() || !IsAbsentOr(object, "use", "sig") || !MayVerify(object)) return std::nullopt;
  const std::string* type = StringMember(object, "kty");
  if (type == nullptr) return std::nullopt;
  Jwk key;
  if (object.contains("kid")) {
    const std::string* id = StringMember(object, "kid");
    if (id == nullptr || id->empty()) return std::nullopt;
    key.id = *id;
  }
  if (*type == "RSA" && IsAbsentOr(object, "alg", "RS256")) {
    key.algorithm = SignatureAlgorithm::kRs256;
    key.key = ReadRsa(object);
  } else if (*type == "EC" && IsAbsentOr(object, "alg", "ES256")) {
    key.algorithm = SignatureAlgorithm::kEs256;
    key.key = ReadP256(object);
  }
  if (key.key == nullptr) return std::nullopt;
  return key;
}

bool Verify(const Jwk& key, const Jws& jws) {
  if (jws.algorithm != key.algorithm) return false;
  const ErrorQueueGuard errors;
  const std::string der = key.algorithm == SignatureAlgorithm::kEs256 ? DerSignature(jws.signature) : "";
  const std::string_view signature = key.algorithm == SignatureAlgorithm::kEs256 ? der : jws.signature;
  const DigestContextPtr context(EVP_MD_CTX_new());
  return !signature.empty() &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.key.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(jws.signing_input),
                          jws.signing_input.size()) == 1;
}

}  // namespace blooio::gateway
