// Bearer tokens and service-account tokens on the wire.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <csignal>

#include "absl/time/clock.h"
#include "service/identity/base64url.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

using gateway::EncodeBase64Url;
using nlohmann::json;

class TokensTest : public IdentityWorld {
 protected:
  Result SendToken(const std::string& token) const {
    return Send(Client(), {{"authorization", "Bearer " + token}});
  }
  json Claims(const char* name, const json& value) const {
    json claims = GoodClaims(absl::Now());
    claims[name] = value;
    if (value.is_null()) claims.erase(name);
    return claims;
  }
};

TEST_F(TokensTest, ATokenNamesItsCaller) {
  ExpectSent(Send(Client(), {billing_.metadata()}));
  ExpectSent(Send(Client(), {{"authorization", "bearer " + billing_.text}}));
  const Result result = Send(Client(), {support_.metadata()});
  EXPECT_EQ(result.code, google::rpc::PERMISSION_DENIED) << result;
  EXPECT_EQ(result.Reason(), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
  EXPECT_THAT(sandbox_.Requests(), testing::IsEmpty());
}

TEST_F(TokensTest, WrongOnesAreAnsweredWithTheCause) {
  struct Row {
    std::vector<std::pair<std::string, std::string>> metadata;
    std::string cause;
  };
  const std::string good = "Bearer " + billing_.text;
  for (const Row& row :
       std::vector<Row>{{{}, "no_credential"},
                        {{{"authorization", ""}}, "not_bearer"},
                        {{{"authorization", "Bearer"}}, "not_bearer"},
                        {{{"authorization", billing_.text}}, "not_bearer"},
                        {{{"authorization", "Basic " + billing_.text}}, "not_bearer"},
                        {{{"authorization", good + "," + good}}, "not_bearer"},
                        {{{"authorization", good + "x"}}, "unknown_token"},
                        {{{"authorization", "Bearer " + billing_.digest}}, "unknown_token"},
                        {{{"authorization", good}, {"authorization", good}}, "several_authorizations"},
                        {{{"authorization", good}, {"authorization", "Basic x"}}, "several_authorizations"},
                        {{{"authorization", "Bearer " + std::string(16'385, 'x')}}, "token_too_long"}}) {
    SCOPED_TRACE(row.cause);
    const Result result = Send(Client(), row.metadata);
    ExpectRefused(result, row.cause);
    EXPECT_THAT(result.message + result.details, testing::Not(testing::HasSubstr(billing_.text)));
  }
}

TEST_F(TokensTest, ServiceAccountTokensNameTheirCaller) {
  for (const TestSigner* signer : {&rsa_, &ec_}) {
    const std::string token = signer->Token(GoodClaims(absl::Now()));
    ExpectSent(SendToken(token));
    ExpectSent(SendToken(token));
  }
}

TEST_F(TokensTest, WrongServiceAccountTokensAreAnsweredWithTheCause) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::string claims = GoodClaims(absl::Now()).dump();
  const std::string good = ec_.Token(GoodClaims(absl::Now()));
  const TestSigner foreign = TestSigner::Ec("ec");
  const std::string hs256 = EncodeBase64Url(R"({"alg":"HS256","kid":"rsa"})") + "." + EncodeBase64Url(claims);
  const std::string secret = rsa_.PublicPem();
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(hs256.data()), hs256.size(), mac, &length);
  const std::string signature(reinterpret_cast<const char*>(mac), length);
  std::string changed = good;
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';

  struct Row {
    std::string token;
    std::string cause;
  };
  for (const Row& row : std::vector<Row>{
           {EncodeBase64Url(R"({"alg":"none"})") + "." + EncodeBase64Url(claims) + ".", "token_algorithm"},
           {ec_.Token(R"({"alg":"NONE","kid":"ec"})", claims), "token_algorithm"},
           {hs256 + "." + EncodeBase64Url(signature), "token_algorithm"},
           {rsa_.Token(R"({"alg":"RS256","kid":"ec"})", claims), "token_algorithm"},
           {ec_.Token(R"({"alg":"ES256","kid":"rsa"})", claims), "token_algorithm"},
           {ec_.Token(R"({"alg":"RS256","kid":"rsa"})", claims), "token_signature"},
           {foreign.Token(GoodClaims(absl::Now())), "token_signature"},
           {changed, "token_signature"},
           {ec_.Token(R"({"alg":"ES256","kid":"other"})", claims), "token_key_unknown"},
           {ec_.Token(R"({"alg":"ES256"})", claims), "token_key_unknown"},
           {ec_.Token(R"({"alg":"ES256","kid":"ec","crit":["exp"]})", claims), "token_malformed"},
           {ec_.Token(R"({"alg":"none","alg":"ES256","kid":"ec"})", claims), "token_malformed"},
           {good + ".e30", "unknown_token"},
           {good.substr(0, good.rfind('.')), "unknown_token"},
           {good.substr(0, good.rfind('.') + 1), "token_malformed"},
           {"..", "token_malformed"},
           {good + "=", "token_malformed"},
           {ec_.Token(ec_.Header().dump(), "{\"x\":" + std::string(3'000, '[')), "token_malformed"},
           {ec_.Token(Claims("iss", nullptr)), "token_claims"},
           {ec_.Token(Claims("aud", nullptr)), "token_claims"},
           {ec_.Token(Claims("exp", nullptr)), "token_claims"},
           {ec_.Token(Claims("sub", nullptr)), "token_claims"},
           {ec_.Token(Claims("exp", "never")), "token_claims"},
           {ec_.Token(Claims("sub", "billing")), "token_claims"},
           {ec_.Token(Claims("iss", "https://evil.example")), "token_issuer"},
           {ec_.Token(Claims("aud", json::array({"other"}))), "token_audience"},
           {ec_.Token(Claims("exp", now - 61)), "token_expired"},
           {ec_.Token(Claims("nbf", now + 600)), "token_not_yet_valid"},
           {ec_.Token(Claims("iat", now + 600)), "token_not_yet_valid"},
           {ec_.Token(Claims("sub", "system:serviceaccount:shop:other")), "unknown_service_account"},
           {ec_.Token(Claims("x", std::string(16'000, 'x'))), "token_too_long"}}) {
    SCOPED_TRACE(row.cause + " " + row.token.substr(0, 200));
    ExpectRefused(SendToken(row.token), row.cause);
  }
}

TEST_F(TokensTest, ConfigurationRevokesOnOpenConnections) {
  const Caller caller(gateway_->address(), Client());
  const std::string token = ec_.Token(GoodClaims(absl::Now()));
  ExpectSent(Send(caller, {billing_.metadata()}));
  ExpectSent(Send(caller, {{"authorization", "Bearer " + token}}));
  GatewayOptions options = Options();
  options.sections.replace(options.sections.find(Billing()), Billing().size(), "");
  gateway_->Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway_->process().WaitForError("configuration_loaded", absl::Seconds(30)));
  ExpectRefused(Send(caller, {billing_.metadata()}), "unknown_token");
  ExpectRefused(Send(caller, {{"authorization", "Bearer " + token}}), "unknown_service_account");
  ExpectRefused(Send(Client(BillingCertificate())), "unknown_certificate");
}

TEST_F(TokensTest, TheKeySetIsReadAgain) {
  const std::string token = ec_.Token(GoodClaims(absl::Now()));
  ExpectSent(SendToken(token));
  gateway_->Replace("jwks", "{");
  ASSERT_TRUE(gateway_->process().WaitForError("file_refused", absl::Seconds(30)));
  ExpectSent(SendToken(token));
  gateway_->Replace("jwks", JwksOf({rsa_.Jwk()}));
  ASSERT_TRUE(gateway_->process().WaitForError("file_loaded", absl::Seconds(30)));
  ExpectRefused(SendToken(token), "token_key_unknown");
  ExpectSent(SendToken(rsa_.Token(GoodClaims(absl::Now()))));
}

TEST_F(TokensTest, AnotherIssuerIsTakenOver) {
  const std::string token = ec_.Token(GoodClaims(absl::Now()));
  ExpectSent(SendToken(token));
  GatewayOptions options = Options();
  options.sections.replace(options.sections.find(gateway::kAudience), strlen(gateway::kAudience),
                           "elsewhere");
  gateway_->Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway_->process().WaitForError("configuration_loaded", absl::Seconds(30)));
  ExpectRefused(SendToken(token), "token_audience");
}

}  // namespace
}  // namespace blooio::integration
