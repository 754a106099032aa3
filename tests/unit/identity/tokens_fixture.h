// A cluster with an RSA and an EC key, and what is made of its tokens.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "service/identity/service_account_tokens.h"
#include "tests/unit/identity/manual_clock.h"
#include "tests/unit/identity/tokens.h"

namespace blooio::gateway {

inline const absl::Time kTokenTime = absl::FromUnixSeconds(1'700'000'000);

class ServiceAccountTokensTest : public testing::Test {
 protected:
  ServiceAccountTokensTest() { EXPECT_TRUE(tokens_.Load(JwksOf({Rsa().Jwk(), Ec().Jwk()})).ok()); }

  static const TestSigner& Rsa() {
    static const TestSigner signer = TestSigner::Rsa("rsa");
    return signer;
  }
  static const TestSigner& Ec() {
    static const TestSigner signer = TestSigner::Ec("ec");
    return signer;
  }
  // Of a cluster that is not ours, with the same ids.
  static const TestSigner& Foreign(bool rsa) {
    static const TestSigner signers[] = {TestSigner::Ec("ec"), TestSigner::Rsa("rsa")};
    return signers[rsa];
  }

  ServiceAccountTokens::Verified Verify(const std::string& token) const {
    return tokens_.Verify(token, Sha256(token));
  }
  void ExpectRefused(const std::string& token, IdentityFailure failure) const {
    const auto verified = Verify(token);
    EXPECT_EQ(verified.subject, nullptr) << token.substr(0, 300);
    EXPECT_EQ(FailureWord(verified.failure), FailureWord(failure)) << token.substr(0, 300);
  }
  static nlohmann::json Claims(const char* name, const nlohmann::json& value) {
    nlohmann::json claims = GoodClaims(kTokenTime);
    claims[name] = value;
    return claims;
  }
  static nlohmann::json Without(const char* name) {
    nlohmann::json claims = GoodClaims(kTokenTime);
    claims.erase(name);
    return claims;
  }

  ManualClock clock_{kTokenTime};
  ServiceAccountTokens tokens_{{kIssuer, kAudience}, clock_};
};

}  // namespace blooio::gateway
