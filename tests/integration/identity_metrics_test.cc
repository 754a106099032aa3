// What is counted of callers whom nobody knows.
#include <functional>
#include <map>

#include "absl/time/clock.h"
#include "service/identity/failure.h"
#include "tests/integration/harness/observed.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

class IdentityMetricsTest : public IdentityWorld {
 protected:
  GatewayOptions Options() const override {
    GatewayOptions options = IdentityWorld::Options();
    options.sections += "http: { listen: '127.0.0.1:0' }\n";
    return options;
  }
  Result SendToken(const std::string& token) const {
    return Send(Client(), {{"authorization", "Bearer " + token}});
  }
};

TEST_F(IdentityMetricsTest, EveryFailureIsCountedByItsKind) {
  nlohmann::json expired = GoodClaims(absl::Now());
  expired["exp"] = absl::ToUnixSeconds(absl::Now()) - 3600;
  const TestSigner foreign = TestSigner::Ec("foreign");
  const TestCertificate untrusted = other_root_.Sign({.names = "DNS:billing.test"});
  // As often as they stand here.
  const std::vector<std::pair<std::string, std::function<Result()>>> failures = {
      {"no_credential", [&] { return Send(Client()); }},
      {"no_credential", [&] { return Send(Client()); }},
      {"not_bearer",
       [&] {
         return Send(Client(), {{"authorization", "Basic " + billing_.text}});
       }},
      {"unknown_token", [&] { return SendToken("private-token"); }},
      {"unknown_token", [&] { return SendToken(billing_.digest); }},
      {"unknown_token", [&] { return SendToken(billing_.text + "x"); }},
      {"token_expired", [&] { return SendToken(ec_.Token(expired)); }},
      {"token_key_unknown", [&] { return SendToken(foreign.Token(GoodClaims(absl::Now()))); }},
      {"certificate_untrusted", [&] { return Send(Client(untrusted)); }},
      {"unknown_certificate", [&] { return Send(Client(root_.Sign({.names = "DNS:nobody.test"}))); }},
      {"different_callers", [&] { return Send(Client(BillingCertificate()), {support_.metadata()}); }},
  };
  constexpr char kFailures[] = "blooio_gateway_identity_failures_total";
  EXPECT_EQ(Scrape(*gateway_).Sum(kFailures), 0);
  std::map<std::string, int> counts;
  for (const auto& [kind, fail] : failures) {
    ExpectRefused(fail(), kind);
    ++counts[kind];
  }
  // Neither a good credential nor one that may not do this is a failure.
  ExpectSent(Send(Client(), {billing_.metadata()}));
  EXPECT_EQ(Send(Client(), {support_.metadata()}).code, google::rpc::PERMISSION_DENIED);

  const auto metrics = Scrape(*gateway_);
  EXPECT_EQ(metrics.Count(kFailures), size_t{gateway::kIdentityFailures - 1}) << "all kinds there are";
  EXPECT_EQ(metrics.Sum(kFailures), failures.size());
  for (const auto& [kind, count] : counts) {
    EXPECT_EQ(metrics[std::string(kFailures) + R"({kind=")" + kind + R"("})"], count) << kind;
  }
}

}  // namespace
}  // namespace blooio::integration
