// What is remembered of service-account tokens, and what makes it forget.
#include "service/identity/service_account_tokens.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/identity/tokens_fixture.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;
using F = IdentityFailure;

const absl::Time kNow = kTokenTime;

TEST_F(ServiceAccountTokensTest, ARepeatIsRememberedUntilItExpires) {
  const std::string token = Rsa().Token(GoodClaims(kNow));
  const auto first = Verify(token);
  ASSERT_NE(first.subject, nullptr);
  // The very same string: nothing was read again.
  EXPECT_EQ(Verify(token).subject, first.subject);
  clock_.Advance(absl::Seconds(3600 + 59));
  EXPECT_EQ(Verify(token).subject, first.subject);
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(token, F::kTokenExpired);
}

TEST_F(ServiceAccountTokensTest, WhatWasRefusedIsNotRemembered) {
  const std::string early = Ec().Token(Claims("nbf", absl::ToUnixSeconds(kNow) + 600));
  ExpectRefused(early, F::kTokenNotYetValid);
  clock_.Advance(absl::Seconds(600));
  EXPECT_NE(Verify(early).subject, nullptr);
}

TEST_F(ServiceAccountTokensTest, TheMemoryIsBounded) {
  ServiceAccountTokens few({kIssuer, kAudience}, clock_, /*remembered=*/16);
  ASSERT_TRUE(few.Load(JwksOf({Ec().Jwk()})).ok());
  const std::string token = Ec().Token(GoodClaims(kNow));
  const auto first = few.Verify(token, Sha256(token)).subject;
  for (int i = 0; i < 200; ++i) {
    json claims = GoodClaims(kNow);
    claims["jti"] = i;
    const std::string other = Ec().Token(claims);
    ASSERT_NE(few.Verify(other, Sha256(other)).subject, nullptr);
  }
  const auto again = few.Verify(token, Sha256(token)).subject;
  ASSERT_NE(again, nullptr);
  EXPECT_NE(again, first) << "verified anew";
}

TEST_F(ServiceAccountTokensTest, OtherKeysRevokeAtOnce) {
  const std::string token = Rsa().Token(GoodClaims(kNow));
  ASSERT_NE(Verify(token).subject, nullptr);
  ASSERT_TRUE(tokens_.Load(JwksOf({Ec().Jwk()})).ok());
  ExpectRefused(token, F::kTokenKeyUnknown);
  EXPECT_NE(Verify(Ec().Token(GoodClaims(kNow))).subject, nullptr);
  ASSERT_TRUE(tokens_.Load(JwksOf({Foreign(true).Jwk()})).ok());
  ExpectRefused(token, F::kTokenSignature);
}

TEST_F(ServiceAccountTokensTest, AnUnusableFileChangesNothing) {
  const std::string token = Rsa().Token(GoodClaims(kNow));
  const auto before = Verify(token).subject;
  ASSERT_NE(before, nullptr);
  for (const char* text : {"", "{", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})"}) {
    EXPECT_FALSE(tokens_.Load(text).ok()) << text;
    EXPECT_EQ(Verify(token).subject, before);
  }
  const ServiceAccountTokens never({kIssuer, kAudience}, clock_);
  EXPECT_EQ(never.Verify(token, Sha256(token)).failure, F::kTokenKeyUnknown);
}

TEST_F(ServiceAccountTokensTest, ServesManyThreadsWhileKeysChange) {
  const std::string token = Ec().Token(GoodClaims(kNow));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const auto subject = Verify(token).subject;
        if (subject == nullptr || *subject != kSubject) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(tokens_.Load(JwksOf({Ec().Jwk(), Rsa().Jwk()})).ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace blooio::gateway
