#include "service/identity/jwks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/identity/tokens.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A member of `object` replaced, or removed by null.
json With(json object, const char* name, const json& value) {
  object[name] = value;
  if (value.is_null()) object.erase(name);
  return object;
}

class JwksTest : public testing::Test {
 protected:
  static const TestSigner& Rsa() {
    static const TestSigner signer = TestSigner::Rsa("rsa");
    return signer;
  }
  static const TestSigner& Ec() {
    static const TestSigner signer = TestSigner::Ec("ec");
    return signer;
  }
};

TEST_F(JwksTest, ReadsBothKindsOfKey) {
  const auto keys = Jwks::Parse(JwksOf({Rsa().Jwk(), Ec().Jwk()}));
  ASSERT_TRUE(keys.ok()) << keys.status();
  for (const TestSigner* signer : {&Rsa(), &Ec()}) {
    Jws jws;
    const std::string token = signer->Token("{}");
    ASSERT_EQ(ReadJws(signer->Token(signer->Header().dump(), "{}"), jws), IdentityFailure::kNone);
    const Jwk* key = keys->KeyFor(jws);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->algorithm, jws.algorithm);
  }
}

TEST_F(JwksTest, UseAndAlgorithmMayBeAbsent) {
  json key = With(With(Rsa().Jwk(), "alg", nullptr), "use", nullptr);
  EXPECT_TRUE(ReadJwk(key).has_value());
  key["key_ops"] = {"verify"};
  EXPECT_TRUE(ReadJwk(key).has_value());
}

TEST_F(JwksTest, PassesOverKeysThatAreOfNoUse) {
  const json rsa = Rsa().Jwk();
  const json ec = Ec().Jwk();
  const std::string off_curve = EncodeBase64Url(std::string(32, '\x01'));
  const std::vector<json> useless = {
      TestSigner::Rsa("small", 1024).Jwk(),
      TestSigner::Ec("p384", "P-384").Jwk(),
      {{"kty", "oct"}, {"k", "c2VjcmV0"}, {"alg", "HS256"}},
      {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AAAA"}},
      With(rsa, "kty", nullptr),
      With(rsa, "kty", 7),
      With(rsa, "kty", "rsa"),
      With(rsa, "kty", "EC"),
      With(rsa, "alg", "RS512"),
      With(rsa, "alg", "ES256"),
      With(rsa, "alg", 1),
      With(rsa, "use", "enc"),
      With(rsa, "use", json::array({"sig"})),
      With(rsa, "key_ops", json::array({"sign"})),
      With(rsa, "key_ops", "verify"),
      With(rsa, "kid", 7),
      With(rsa, "kid", ""),
      With(rsa, "n", nullptr),
      With(rsa, "n", rsa["n"].get<std::string>() + "=="),
      With(rsa, "n", EncodeBase64Url(std::string(513, '\xff'))),
      With(rsa, "e", "AQ"),
      With(rsa, "e", "Ag"),
      With(rsa, "e", "AQAAAAAB"),
      With(rsa, "e", 65537),
      With(ec, "crv", nullptr),
      With(ec, "crv", "P-384"),
      With(ec, "crv", "secp256k1"),
      With(ec, "x", off_curve),
      With(ec, "x", "AAAA"),
      With(ec, "y", nullptr),
      With(ec, "alg", "RS256"),
      json(7),
      json("key"),
      json::array(),
  };
  for (const json& key : useless) EXPECT_FALSE(ReadJwk(key).has_value()) << key;
  std::vector<json> all(useless.begin(), useless.begin() + Jwks::kMaxKeys - 1);
  all.push_back(rsa);
  const auto keys = Jwks::Parse(JwksOf(all));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_NE(keys->KeyFor(Jws()), nullptr) << "there is one key alone";
}

TEST_F(JwksTest, RefusesASetThatIsOfNoUse) {
  const json rsa = Rsa().Jwk();
  const json without_id = With(rsa, "kid", nullptr);
  struct Row {
    std::string text;
    std::string why;
  };
  std::vector<Row> rows = {
      {"", "well-formed JSON object"},
      {"[]", "well-formed JSON object"},
      {"{\"keys\":[", "well-formed JSON object"},
      {JwksOf({rsa}) + "x", "well-formed JSON object"},
      {R"({"keys":[],"keys":[]})", "well-formed JSON object"},
      {std::string(40, '[') + std::string(40, ']'), "well-formed JSON object"},
      {"{}", "no list"},
      {R"({"keys":{}})", "no list"},
      {JwksOf({}), "no key for RS256"},
      {JwksOf({{{"kty", "oct"}, {"k", "AAAA"}}}), "no key for RS256"},
      {JwksOf({rsa, rsa}), "same \"kid\""},
      {JwksOf({without_id, without_id}), "same \"kid\""},
      {JwksOf(std::vector<json>(17, json::object())), "more than 16 keys"},
      {std::string(Jwks::kMaxBytes + 1, ' '), "longer than"},
  };
  for (const Row& row : rows) {
    const auto keys = Jwks::Parse(row.text);
    ASSERT_FALSE(keys.ok()) << row.text.substr(0, 100);
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr(row.why));
  }
}

TEST_F(JwksTest, ATokenWithoutAnIdNeedsASingleKey) {
  Jws jws;
  const auto one = Jwks::Parse(JwksOf({Rsa().Jwk()}));
  const auto two = Jwks::Parse(JwksOf({Rsa().Jwk(), Ec().Jwk()}));
  EXPECT_NE(one->KeyFor(jws), nullptr);
  EXPECT_EQ(two->KeyFor(jws), nullptr);
  jws.key_id = "other";
  EXPECT_EQ(one->KeyFor(jws), nullptr);
  const auto nameless = Jwks::Parse(JwksOf({With(Rsa().Jwk(), "kid", nullptr)}));
  jws.key_id = "";
  EXPECT_EQ(nameless->KeyFor(jws), nullptr) << "an empty id is not the absence of one";
}

}  // namespace
}  // namespace blooio::gateway
