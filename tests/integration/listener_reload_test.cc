// The listener stays as it was started, whatever the file says later: who may
// call it and how does not change behind its back.
#include <string>

#include "absl/time/clock.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

// In clear text, for everybody on the network; callers are known by tokens.
class OpenListenerTest : public IdentityWorld {
 protected:
  GatewayOptions Options() const override {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.key = sandbox_.key();
    options.listen = "0.0.0.0:0";
    options.server = "drain_delay: 0s, allow_cleartext: true";
    options.anonymous = false;
    options.sections = Callers("  - { name: billing, accounts: [main], methods: ['*'], token_sha256: [" +
                               billing_.digest + "] }\n");
    return options;
  }
};

TEST_F(OpenListenerTest, NoReloadAdmitsAnonymousCallers) {
  const Caller caller("127.0.0.1" + gateway_->address().substr(gateway_->address().rfind(':')));
  ExpectRefused(Send(caller), "no_credential");
  // Right by itself: a gateway started with it would listen on loopback.
  GatewayOptions options = Options();
  options.listen = "127.0.0.1:0";
  options.anonymous = true;
  gateway_->Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway_->process().WaitForError(R"("event":"configuration_refused")", kPatience))
      << gateway_->process().err();
  EXPECT_THAT(gateway_->process().err(), HasSubstr("anonymous.enabled"));
  ExpectRefused(Send(caller), "no_credential");
  ExpectSent(Send(caller, {billing_.metadata()}));
}

constexpr char kRestartNeeded[] = R"("event":"restart_needed","settings":"server")";

class OtherCertificateTest : public IdentityWorld {
 protected:
  GatewayOptions Options() const override {
    GatewayOptions options = IdentityWorld::Options();
    options.files.emplace_back("other.crt", other_.pem());
    options.files.emplace_back("other.key", other_.key_pem());
    return options;
  }

  const TestCertificate other_ = ServerCertificate();
};

TEST_F(OtherCertificateTest, WaitsForARestart) {
  GatewayOptions options = Options();
  options.server =
      "tls: { certificate_file: other.crt, private_key_file: other.key, client_ca_file: clients.crt }";
  gateway_->Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway_->process().WaitForError(kRestartNeeded, kPatience)) << gateway_->process().err();
  // For longer than gRPC takes to notice another certificate.
  const absl::Time until = absl::Now() + absl::Milliseconds(1500);
  do {
    ASSERT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
  } while (absl::Now() < until);
  ExpectSent(Send(Client(BillingCertificate())));
}

// What a new file says of TLS and of who is known by certificates.
struct TlsChange {
  std::string name;
  std::string server;
  // Whether its callers are known by certificates still.
  bool certificates;
  // What the log says of it.
  std::string told;
};

void PrintTo(const TlsChange& change, std::ostream* out) { *out << change.name; }

const std::string kPair = "certificate_file: server.crt, private_key_file: server.key";

class TlsChangeTest : public IdentityWorld, public testing::WithParamInterface<TlsChange> {
 protected:
  GatewayOptions Options() const override {
    GatewayOptions options = IdentityWorld::Options();
    options.files.emplace_back("others.crt", other_root_.pem());
    return options;
  }
};

TEST_P(TlsChangeTest, WaitsForARestart) {
  const TestCertificate certificate = BillingCertificate();
  const Caller open(gateway_->address(), Client(certificate));
  ExpectSent(Send(open));

  GatewayOptions options = Options();
  options.server = "drain_delay: 0s" + GetParam().server;
  if (!GetParam().certificates) {
    options.sections = Callers("  - { name: billing, accounts: [main], methods: ['*'], token_sha256: [" +
                               billing_.digest + "] }\n");
  }
  gateway_->Replace("gateway.yaml", ConfigText(options, "key"));
  ASSERT_TRUE(gateway_->process().WaitForError(GetParam().told, kPatience)) << gateway_->process().err();

  ExpectSent(Send(Client(), {billing_.metadata()}));
  if (GetParam().certificates) {
    ExpectSent(Send(open));
    ExpectSent(Send(Client(certificate)));
  }
  // Certificates are asked for, and verified as before, also beside a token.
  const TlsClient theirs = Client(other_root_.Sign({.names = "URI:spiffe://test/billing"}));
  ExpectRefused(Send(theirs), "certificate_untrusted");
  ExpectRefused(Send(theirs, {billing_.metadata()}), "certificate_untrusted");
}

INSTANTIATE_TEST_SUITE_P(
    Files, TlsChangeTest,
    testing::Values(TlsChange{"OtherAuthorities", ", tls: { " + kPair + ", client_ca_file: others.crt }",
                              true, kRestartNeeded},
                    // Not right by itself: its callers could not call.
                    TlsChange{"NoAuthoritiesForKnownCertificates", ", tls: { " + kPair + " }", true,
                              R"("event":"configuration_refused")"},
                    TlsChange{"NoTlsForKnownCertificates", "", true, R"("event":"configuration_refused")"},
                    TlsChange{"NoAuthorities", ", tls: { " + kPair + " }", false, kRestartNeeded},
                    TlsChange{"NoTls", "", false, kRestartNeeded}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace blooio::integration
