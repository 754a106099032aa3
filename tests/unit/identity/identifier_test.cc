#include "service/identity/identifier.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "tests/unit/identity/manual_clock.h"
#include "tests/unit/identity/pki.h"
#include "tests/unit/identity/tokens.h"

namespace blooio::gateway {
namespace {

const absl::Time kNow = absl::Now();

std::string HexDigest(const std::string& token) {
  const Digest digest = Sha256(token);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

class IdentifierTest : public testing::Test {
 protected:
  IdentifierTest() {
    EXPECT_TRUE(tokens_->Load(JwksOf({signer_.Jwk()})).ok());
    EXPECT_TRUE(certificates_->Load(root_.pem()).ok());
  }

  static std::vector<KnownCaller> Callers() {
    return {{.name = "billing",
             .token_sha256 = {HexDigest("token-1"), absl::AsciiStrToUpper(HexDigest("token-2"))},
             .spiffe_ids = {"spiffe://test/billing"},
             .dns_names = {"Billing.Example"},
             .service_accounts = {kSubject}},
            {.name = "support",
             .token_sha256 = {HexDigest("token-3"), HexDigest("a.b.c"), HexDigest(std::string(16'384, 'x')),
                              HexDigest(std::string(16'385, 'x'))},
             .spiffe_ids = {"spiffe://test/support"},
             .dns_names = {"support.example"}}};
  }
  Identifier Make(bool anonymous = false) const { return {Callers(), anonymous, tokens_, certificates_}; }

  // The caller's name, or why there is none.
  static std::string Who(const Identifier& identifier, const Presented& presented) {
    const Identity identity = identifier.Identify(presented);
    if (identity.caller == nullptr) {
      EXPECT_NE(identity.failure, IdentityFailure::kNone);
      return std::string(FailureWord(identity.failure));
    }
    EXPECT_EQ(identity.failure, IdentityFailure::kNone);
    return identity.caller->name;
  }
  std::string Who(std::string_view authorization) const {
    return Who(Make(true), {.authorization = authorization});
  }
  std::string WhoWith(const TestCertificate& certificate,
                      std::optional<std::string_view> authorization = {}) {
    const std::string pem = certificate.pem();
    return Who(Make(true), {.authorization = authorization, .certificate = pem});
  }

  ManualClock clock_{kNow};
  const TestSigner signer_ = TestSigner::Ec("key");
  const TestCertificate root_ = TestCertificate::Root();
  const std::shared_ptr<ServiceAccountTokens> tokens_ =
      std::make_shared<ServiceAccountTokens>(ExpectedClaims{kIssuer, kAudience}, clock_);
  const std::shared_ptr<ClientCertificates> certificates_ = std::make_shared<ClientCertificates>(clock_);
};

TEST_F(IdentifierTest, AnonymousOnlyWithoutACredential) {
  EXPECT_EQ(Who(Make(true), {}), "anonymous");
  EXPECT_EQ(Make(true).Identify({}).caller->index, 2u);
  EXPECT_EQ(Who(Make(false), {}), "no_credential");
  EXPECT_EQ(Who(Make(true), {.authorization = ""}), "not_bearer");
  EXPECT_EQ(Who(Make(true), {.several_authorizations = true}), "several_authorizations");
  EXPECT_EQ(Who(Make(true), {.certificate = "x"}), "certificate_malformed");
  const Identifier bare({}, true);
  EXPECT_EQ(bare.Identify({}).caller->index, 0u);
  EXPECT_EQ(Who(bare, {.authorization = "Bearer token-1"}), "unknown_token");
  EXPECT_EQ(Who(bare, {.authorization = "Bearer a.b.c"}), "unknown_token");
  EXPECT_EQ(Who(bare, {.certificate = "x"}), "certificate_untrusted");
}

TEST_F(IdentifierTest, KnowsTokensByTheirDigest) {
  struct Row {
    std::string authorization;
    std::string who;
  };
  const std::string longest(16'384, 'x');
  for (const Row& row :
       std::initializer_list<Row>{{"Bearer token-1", "billing"},
                                  {"Bearer token-2", "billing"},
                                  {"Bearer token-3", "support"},
                                  {"bearer token-3", "support"},
                                  {"BEARER token-3", "support"},
                                  {"Bearer a.b.c", "support"},  // though it looks like another kind of token
                                  {"Bearer " + longest, "support"},
                                  {"Bearer x" + longest, "token_too_long"},
                                  {"Bearer token-4", "unknown_token"},
                                  {"Bearer Token-1", "unknown_token"},
                                  {"Bearer token-", "unknown_token"},
                                  {"Bearer token-11", "unknown_token"},
                                  {"Bearer " + HexDigest("token-1"), "unknown_token"},
                                  {"", "not_bearer"},
                                  {"Bearer", "not_bearer"},
                                  {"Bearer ", "not_bearer"},
                                  {"Bearer  token-1", "not_bearer"},
                                  {"Bearer token-1 ", "not_bearer"},
                                  {"Bearer token-1,Bearer token-1", "not_bearer"},
                                  {"Bearer token-1 token-1", "not_bearer"},
                                  {" Bearer token-1", "not_bearer"},
                                  {"Bearer\ttoken-1", "not_bearer"},
                                  {"Bearer token-1\n", "not_bearer"},
                                  {"Bearer t\xc3\xb6ken", "not_bearer"},
                                  {std::string("Bearer token-1\0", 15), "not_bearer"},
                                  {"Basic dXNlcjp0b2tlbi0x", "not_bearer"},
                                  {"Basic Bearer token-1", "not_bearer"},
                                  {"token-1", "not_bearer"},
                                  {"BearerX token-1", "not_bearer"}}) {
    EXPECT_EQ(Who(row.authorization), row.who) << row.authorization.substr(0, 60);
  }
}

TEST_F(IdentifierTest, DigestsThatBeginAlikeAreTwo) {
  std::string twin = HexDigest("token-1");
  twin.back() = twin.back() == '0' ? '1' : '0';
  const Identifier identifier(
      {{.name = "twin", .token_sha256 = {twin}}, {.name = "billing", .token_sha256 = {HexDigest("token-1")}}},
      false);
  EXPECT_EQ(Who(identifier, {.authorization = "Bearer token-1"}), "billing");
  const Identifier alone({{.name = "twin", .token_sha256 = {twin}}}, false);
  EXPECT_EQ(Who(alone, {.authorization = "Bearer token-1"}), "unknown_token");
}

TEST_F(IdentifierTest, KnowsServiceAccounts) {
  EXPECT_EQ(Who("Bearer " + signer_.Token(GoodClaims(kNow))), "billing");
  EXPECT_EQ(Who("bearer " + signer_.Token(GoodClaims(kNow, "system:serviceaccount:shop:other"))),
            "unknown_service_account");
  EXPECT_EQ(Who("Bearer " + signer_.Token(GoodClaims(kNow - absl::Hours(2)))), "token_expired");
  EXPECT_EQ(Who("Bearer " + TestSigner::Ec("key").Token(GoodClaims(kNow))), "token_signature");
  EXPECT_EQ(Who("Bearer a..b"), "token_malformed");
  EXPECT_EQ(Who("Bearer a.b.c.d"), "unknown_token");
}

TEST_F(IdentifierTest, ANewConfigurationRevokesARememberedToken) {
  const std::string authorization = "Bearer " + signer_.Token(GoodClaims(kNow));
  EXPECT_EQ(Who(authorization), "billing");
  std::vector<KnownCaller> callers = Callers();
  callers[0].service_accounts.clear();
  const Identifier changed(callers, true, tokens_, certificates_);
  EXPECT_EQ(Who(changed, {.authorization = authorization}), "unknown_service_account");
}

TEST_F(IdentifierTest, KnowsCertificatesByTheirNames) {
  struct Row {
    std::string names;
    std::string who;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"URI:spiffe://test/billing", "billing"},
           {"URI:spiffe://test/support", "support"},
           {"DNS:billing.example", "billing"},
           {"DNS:BILLING.example", "billing"},
           {"DNS:other.example,DNS:support.example", "support"},
           {"URI:spiffe://test/billing,DNS:billing.example", "billing"},
           {"URI:spiffe://test/other,DNS:billing.example", "billing"},
           {"URI:spiffe://test/billing,DNS:support.example", "ambiguous_certificate"},
           {"DNS:billing.example,DNS:support.example", "ambiguous_certificate"},
           {"URI:spiffe://test/Billing", "unknown_certificate"},
           {"URI:spiffe://test/billing/", "unknown_certificate"},
           {"URI:spiffe://test/billing,URI:spiffe://test/other", "unknown_certificate"},
           {"DNS:*.example", "unknown_certificate"},
           {"DNS:sub.billing.example", "unknown_certificate"},
           {"", "unknown_certificate"}}) {
    EXPECT_EQ(WhoWith(root_.Sign({.names = row.names})), row.who) << row.names;
  }
  EXPECT_EQ(WhoWith(root_.Sign({.common_name = "billing.example"})), "unknown_certificate");
  EXPECT_EQ(WhoWith(TestCertificate::Root().Sign({.names = "DNS:billing.example"})), "certificate_untrusted");
}

TEST_F(IdentifierTest, TwoCredentialsNameOneCaller) {
  const TestCertificate billing = root_.Sign({.names = "URI:spiffe://test/billing"});
  const TestCertificate unknown = root_.Sign({.names = "URI:spiffe://test/other"});
  EXPECT_EQ(WhoWith(billing, "Bearer token-1"), "billing");
  EXPECT_EQ(WhoWith(billing, "Bearer token-3"), "different_callers");
  EXPECT_EQ(WhoWith(billing, "Bearer wrong"), "unknown_token");
  EXPECT_EQ(WhoWith(billing, "Basic x"), "not_bearer");
  EXPECT_EQ(WhoWith(unknown, "Bearer token-1"), "unknown_certificate");
  const std::string pem = billing.pem();
  EXPECT_EQ(Who(Make(), {.several_authorizations = true, .certificate = pem}), "several_authorizations");
}

TEST_F(IdentifierTest, SaysHowTheCallerProvedIt) {
  const std::string pem = root_.Sign({.names = "URI:spiffe://test/billing"}).pem();
  const std::string token = "Bearer " + signer_.Token(GoodClaims(kNow));
  const auto proof = [&](const Presented& presented) {
    return std::string(ProofWord(Make(true).Identify(presented).proof));
  };
  EXPECT_EQ(proof({}), "anonymous");
  EXPECT_EQ(proof({.authorization = "Bearer token-1"}), "token");
  EXPECT_EQ(proof({.authorization = token}), "service_account");
  EXPECT_EQ(proof({.certificate = pem}), "certificate");
  EXPECT_EQ(proof({.authorization = token, .certificate = pem}), "token_and_certificate");
  EXPECT_EQ(proof({.authorization = "Bearer wrong"}), "");
}

TEST(IdentityFailureTest, EveryFailureHasAWordAndASentence) {
  std::set<std::string_view> words;
  for (int i = 1; i < kIdentityFailures; ++i) {
    const auto failure = static_cast<IdentityFailure>(i);
    const std::string_view word = FailureWord(failure);
    EXPECT_FALSE(word.empty());
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << word;
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_TRUE(FailureSentence(failure).ends_with('.')) << word;
  }
  EXPECT_EQ(FailureWord(IdentityFailure::kNone), "");
}

}  // namespace
}  // namespace blooio::gateway
