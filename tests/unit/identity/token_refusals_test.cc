// What is refused as a service-account token, and why.
#include <openssl/hmac.h>

#include <vector>

#include "service/identity/base64url.h"
#include "tests/unit/identity/tokens_fixture.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;
using F = IdentityFailure;

const absl::Time kNow = kTokenTime;

TEST_F(ServiceAccountTokensTest, AcceptsWhatTheClusterSigned) {
  for (const TestSigner* signer : {&Rsa(), &Ec()}) {
    const auto verified = Verify(signer->Token(GoodClaims(kNow)));
    ASSERT_NE(verified.subject, nullptr) << FailureWord(verified.failure);
    EXPECT_EQ(*verified.subject, kSubject);
  }
  for (const json& audience : {json(kAudience), json{"other", kAudience}}) {
    EXPECT_NE(Verify(Ec().Token(Claims("aud", audience))).subject, nullptr) << audience;
  }
  EXPECT_NE(Verify(Ec().Token(Claims("exp", 1'700'000'100.5))).subject, nullptr);
  // What is not needed may be absent.
  for (const char* name : {"iat", "nbf", "jti", "kubernetes.io"}) {
    EXPECT_NE(Verify(Ec().Token(Without(name))).subject, nullptr) << name;
  }
}

TEST_F(ServiceAccountTokensTest, RefusesOtherAlgorithmsHoweverSpelled) {
  const std::string claims = GoodClaims(kNow).dump();
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "HS256", "HS384", "RS384", "RS512", "PS256",
                           "ES384", "ES256K", "EdDSA", "rs256", "es256", "RS256 "}) {
    for (const char* id : {"rsa", "ec"}) {
      ExpectRefused(Ec().Token(json{{"alg", name}, {"kid", id}}.dump(), claims), F::kTokenAlgorithm);
    }
  }
  const std::string none =
      EncodeBase64Url(R"({"alg":"none","kid":"rsa"})") + "." + EncodeBase64Url(claims) + ".";
  ExpectRefused(none, F::kTokenAlgorithm);
}

TEST_F(ServiceAccountTokensTest, RefusesThePublicKeyAsASecret) {
  const std::string input =
      EncodeBase64Url(R"({"alg":"HS256","kid":"rsa"})") + "." + EncodeBase64Url(GoodClaims(kNow).dump());
  const std::string secret = Rsa().PublicPem();
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &length);
  const std::string_view bytes(reinterpret_cast<const char*>(mac), length);
  ExpectRefused(input + "." + EncodeBase64Url(bytes), F::kTokenAlgorithm);
}

// Nobody is known yet when it is read.
TEST_F(ServiceAccountTokensTest, RefusesALongHeaderUnread) {
  const std::string claims = GoodClaims(kNow).dump();
  const auto with_size = [](size_t bytes) {
    const std::string header = R"({"alg":"ES256","kid":"ec","x":""})";
    return header.substr(0, header.size() - 2) + std::string(bytes - header.size(), 'x') + R"("})";
  };
  EXPECT_NE(Verify(Ec().Token(with_size(kMaxJwsHeaderBytes), claims)).subject, nullptr);
  ExpectRefused(Ec().Token(with_size(kMaxJwsHeaderBytes + 3), claims), F::kTokenMalformed);
}

TEST_F(ServiceAccountTokensTest, RefusesSwaps) {
  const std::string claims = GoodClaims(kNow).dump();
  // The other key's algorithm, or the other key.
  ExpectRefused(Rsa().Token(R"({"alg":"RS256","kid":"ec"})", claims), F::kTokenAlgorithm);
  ExpectRefused(Rsa().Token(R"({"alg":"ES256","kid":"rsa"})", claims), F::kTokenAlgorithm);
  ExpectRefused(Rsa().Token(R"({"alg":"ES256","kid":"ec"})", claims), F::kTokenSignature);
  ExpectRefused(Ec().Token(R"({"alg":"RS256","kid":"rsa"})", claims), F::kTokenSignature);
  // Somebody else's keys with the same ids, or other ids.
  ExpectRefused(Foreign(true).Token(GoodClaims(kNow)), F::kTokenSignature);
  ExpectRefused(Foreign(false).Token(GoodClaims(kNow)), F::kTokenSignature);
  ExpectRefused(Rsa().Token(R"({"alg":"RS256","kid":"other"})", claims), F::kTokenKeyUnknown);
  ExpectRefused(Rsa().Token(R"({"alg":"RS256"})", claims), F::kTokenKeyUnknown);
  // A key that the token brings along.
  json header = Foreign(true).Header();
  header["jwk"] = Foreign(true).Jwk();
  header["jku"] = "https://evil.example/jwks";
  ExpectRefused(Foreign(true).Token(header.dump(), claims), F::kTokenSignature);
}

TEST_F(ServiceAccountTokensTest, RefusesChangedTokens) {
  for (const TestSigner* signer : {&Rsa(), &Ec()}) {
    const std::string good = signer->Token(GoodClaims(kNow));
    const size_t dot = good.rfind('.');
    const std::string signature = *DecodeBase64Url(good.substr(dot + 1));
    const auto with_signature = [&](const std::string& bytes) {
      return good.substr(0, dot + 1) + EncodeBase64Url(bytes);
    };
    std::string flipped = signature;
    flipped[7] = static_cast<char>(flipped[7] ^ 1);
    ExpectRefused(with_signature(flipped), F::kTokenSignature);
    ExpectRefused(with_signature(signature + '\0'), F::kTokenSignature);
    ExpectRefused(with_signature(signature.substr(1)), F::kTokenSignature);
    ExpectRefused(with_signature(std::string(signature.size(), '\0')), F::kTokenSignature);
    ExpectRefused(with_signature("x"), F::kTokenSignature);
    // Another payload under the same signature.
    const size_t first = good.find('.');
    ExpectRefused(good.substr(0, first + 1) +
                      EncodeBase64Url(GoodClaims(kNow, "system:serviceaccount:shop:admin").dump()) +
                      good.substr(dot),
                  F::kTokenSignature);
  }
}

TEST_F(ServiceAccountTokensTest, RefusesWhatIsNotOneToken) {
  const std::string good = Ec().Token(GoodClaims(kNow));
  const std::string claims = GoodClaims(kNow).dump();
  const size_t first = good.find('.');
  const size_t last = good.rfind('.');
  std::vector<std::string> tokens = {
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      good + ".",
      good + ".e30",
      "." + good,
      good + "=",
      good + " ",
      good + "\n",
      " " + good,
      good.substr(0, last),
      good.substr(0, last + 1),
      good.substr(first),
      good.substr(0, first),
      good.substr(0, first) + "." + good.substr(last),
      good.substr(0, first) + "=" + good.substr(first),
  };
  for (const char* header :
       {"", "[]", "7", "null", "\"RS256\"", "{", R"({"kid":"ec"})", R"({"alg":7,"kid":"ec"})",
        R"({"alg":["ES256"],"kid":"ec"})", R"({"alg":null,"kid":"ec"})", R"({"alg":"ES256","kid":7})",
        R"({"alg":"ES256","kid":null})", R"({"alg":"none","alg":"ES256","kid":"ec"})",
        R"({"alg":"ES256","kid":"ec"}x)", R"({"alg":"ES256","kid":"ec","crit":["exp"]})",
        R"({"alg":"ES256","kid":"ec","crit":[]})",
        R"({"alg":"ES256","kid":"ec","x":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]})",
        "{\"alg\":\"ES256\",\"kid\":\"\xff\"}"}) {
    tokens.push_back(Ec().Token(header, claims));
  }
  const std::string twice = R"({"iss":"a",)" + claims.substr(1);
  const std::string deep =
      R"({"x":)" + std::string(5'000, '[') + std::string(5'000, ']') + "," + claims.substr(1);
  for (const std::string& payload :
       {std::string("[]"), std::string("x"), claims + claims, twice, deep,
        claims.substr(0, claims.size() - 1), R"({"x":1e999,)" + claims.substr(1)}) {
    tokens.push_back(Ec().Token(Ec().Header().dump(), payload));
  }
  for (const std::string& token : tokens) ExpectRefused(token, F::kTokenMalformed);
}

TEST_F(ServiceAccountTokensTest, RefusesMissingAndMalformedClaims) {
  for (const char* name : {"iss", "aud", "exp", "sub"}) {
    ExpectRefused(Ec().Token(Without(name)), F::kTokenClaims);
  }
  struct Row {
    const char* name;
    json value;
    IdentityFailure failure;
  };
  const std::vector<Row> rows = {
      {"iss", 7, F::kTokenClaims},
      {"iss", json::array({kIssuer}), F::kTokenClaims},
      {"iss", "", F::kTokenIssuer},
      {"iss", "https://kubernetes.default.svc/", F::kTokenIssuer},
      {"iss", "https://evil.example", F::kTokenIssuer},
      {"aud", nullptr, F::kTokenAudience},
      {"aud", 7, F::kTokenAudience},
      {"aud", "", F::kTokenAudience},
      {"aud", json::array(), F::kTokenAudience},
      {"aud", json::array({"blooio", 7, "blooio-gateway2"}), F::kTokenAudience},
      {"aud", {{"blooio-gateway", "blooio-gateway"}}, F::kTokenAudience},
      {"exp", nullptr, F::kTokenClaims},
      {"exp", "1800000000", F::kTokenClaims},
      {"exp", true, F::kTokenClaims},
      {"exp", -1, F::kTokenClaims},
      {"exp", 1e13, F::kTokenClaims},
      {"exp", 0, F::kTokenExpired},
      {"nbf", "1700000000", F::kTokenClaims},
      {"iat", nullptr, F::kTokenClaims},
      {"sub", 7, F::kTokenClaims},
      {"sub", "", F::kTokenClaims},
      {"sub", "system:serviceaccount:", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop:", F::kTokenClaims},
      {"sub", "system:serviceaccount::billing", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop:billing:x", F::kTokenClaims},
      {"sub", "system:serviceaccount:Shop:billing", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop.a:billing", F::kTokenClaims},
      {"sub", "system:serviceaccount:-shop:billing", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop:billing.", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop:bill\ning", F::kTokenClaims},
      {"sub", "system:serviceaccount:" + std::string(64, 'a') + ":billing", F::kTokenClaims},
      {"sub", "system:serviceaccount:shop:" + std::string(254, 'a'), F::kTokenClaims},
      {"sub", "system:node:shop:billing", F::kTokenClaims},
      {"sub", " system:serviceaccount:shop:billing", F::kTokenClaims},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    ExpectRefused(Ec().Token(Claims(row.name, row.value)), row.failure);
  }
}

TEST_F(ServiceAccountTokensTest, TimesHaveAMinuteOfTolerance) {
  const int64_t now = absl::ToUnixSeconds(kNow);
  struct Row {
    const char* name;
    int64_t offset;
    IdentityFailure failure;
  };
  for (const Row& row : std::initializer_list<Row>{{"exp", -59, F::kNone},
                                                   {"exp", -60, F::kTokenExpired},
                                                   {"nbf", 60, F::kNone},
                                                   {"nbf", 61, F::kTokenNotYetValid},
                                                   {"iat", 60, F::kNone},
                                                   {"iat", 61, F::kTokenNotYetValid}}) {
    const auto verified = Verify(Ec().Token(Claims(row.name, now + row.offset)));
    EXPECT_EQ(FailureWord(verified.failure), FailureWord(row.failure)) << row.name << row.offset;
    EXPECT_EQ(verified.subject != nullptr, row.failure == F::kNone);
  }
}

}  // namespace
}  // namespace blooio::gateway
