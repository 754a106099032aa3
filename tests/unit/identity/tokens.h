// Signs service-account tokens as a cluster would, and as nobody should.
//
//   const TestSigner cluster = TestSigner::Rsa("key-1");
//   const std::string token = cluster.Token(GoodClaims());
//   Load(JwksOf({&cluster}));
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/base/openssl_handles.h"

namespace blooio::gateway {

class TestSigner {
 public:
  static TestSigner Rsa(const std::string& key_id, int bits = 2048);
  static TestSigner Ec(const std::string& key_id, const char* curve = "P-256");

  // The public key as a JWK, with `alg` and `use`.
  nlohmann::json Jwk() const;
  // The public key as PEM: what HMAC is tricked into taking for a secret.
  std::string PublicPem() const;
  // {"alg":…,"kid":…}
  nlohmann::json Header() const;
  // A signed token.
  std::string Token(const nlohmann::json& claims) const { return Token(Header().dump(), claims.dump()); }
  std::string Token(const std::string& header, const std::string& payload) const;
  // The signature's bytes, as JWS has them.
  std::string Signature(std::string_view text) const;

 private:
  TestSigner(std::string id, EVP_PKEY* key) : id_(std::move(id)), key_(key) {}
  bool is_rsa() const;
  std::string Number(const char* parameter) const;

  std::string id_;
  KeyPtr key_;
};

std::string JwksOf(const std::vector<nlohmann::json>& keys);
std::string EncodeBase64Url(std::string_view bytes);

inline constexpr char kIssuer[] = "https://kubernetes.default.svc";
inline constexpr char kAudience[] = "blooio-gateway";
inline constexpr char kSubject[] = "system:serviceaccount:shop:billing";

// What a projected token says: good from `now` on, for an hour.
nlohmann::json GoodClaims(absl::Time now, const std::string& subject = kSubject);

}  // namespace blooio::gateway
