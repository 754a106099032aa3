// The listener's certificate and the authorities of its clients change while
// calls are made: none of them fails.
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/harness/load.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kCallers = 16;

class CertificateSwapTest : public IdentityWorld {
 protected:
  GatewayOptions Options() const override {
    GatewayOptions options = IdentityWorld::Options();
    options.sections += "http: { listen: '127.0.0.1:0' }\n";
    return options;
  }
  static bool HasCertificate(int caller) { return caller % 4 < 2; }
  TlsClient ClientOf(int caller) const { return HasCertificate(caller) ? Client(clients_) : Client(); }
  // New connections show `certificate`; the gateway looks once a second.
  void AwaitServed(const TestCertificate& certificate) const {
    const absl::Time until = absl::Now() + kPatience;
    std::string served;
    while (served != certificate.serial_number() && absl::Now() < until) {
      served = ServedSerialNumber(gateway_->address()).value_or("no handshake");
      ASSERT_NE(served, "no handshake");
    }
    EXPECT_EQ(served, certificate.serial_number());
  }

  // The metrics come to say whether the setting's file is refused.
  void AwaitRefused(const std::string& setting, bool refused) const {
    const std::string line = "\nblooio_gateway_file_refused{account=\"\",setting=\"" + setting + "\"} " +
                             (refused ? "1" : "0") + "\n";
    const absl::Time until = absl::Now() + kPatience;
    std::string metrics;
    do {
      metrics = Fetch("GET", gateway_->http_address(), "/metrics").body;
    } while (metrics.find(line) == std::string::npos && absl::Now() < until);
    EXPECT_THAT(metrics, testing::HasSubstr(line));
  }

  const TestCertificate clients_ = BillingCertificate();
};

TEST_F(CertificateSwapTest, NoCallFailsWhateverTheOrder) {
  // With a certificate or a token; every other caller connects for each call.
  std::vector<std::unique_ptr<Caller>> kept;
  for (int caller = 0; caller < kCallers; ++caller) {
    kept.push_back(std::make_unique<Caller>(gateway_->address(), ClientOf(caller)));
  }
  Load load(kCallers, [&](int caller, int) {
    google::protobuf::Empty reply;
    CallOptions options;
    if (!HasCertificate(caller)) options.metadata = {billing_.metadata()};
    if (caller % 2 == 0) return kept[caller]->Call(v4::ListGroupsRequest(), &reply, options);
    return Caller(gateway_->address(), ClientOf(caller)).Call(v4::ListGroupsRequest(), &reply, options);
  });
  ASSERT_TRUE(load.Await(50));
  EXPECT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
  int refused = 0;
  for (const bool certificate_first : {true, false, true}) {
    const TestCertificate next = ServerCertificate();
    const auto swap = [&](bool certificate) {
      certificate ? gateway_->Replace("server.crt", next.pem())
                  : gateway_->Replace("server.key", next.key_pem());
    };
    swap(certificate_first);
    // For as long as the two do not fit, which is longer than gRPC's look.
    ASSERT_TRUE(gateway_->process().WaitForError("file_refused", kPatience, ++refused));
    const absl::Time until = absl::Now() + absl::Milliseconds(1500);
    while (absl::Now() < until) ASSERT_TRUE(load.Await(10));
    EXPECT_NE(ServedSerialNumber(gateway_->address()), next.serial_number());
    swap(!certificate_first);
    AwaitServed(next);
    EXPECT_TRUE(gateway_->process().WaitForError(next.serial_number(), kPatience));
  }
  EXPECT_TRUE(load.Await(100));
  load.End();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(CertificateSwapTest, TheSameCertificateWithARepairedChainIsServed) {
  ASSERT_EQ(ServedCertificates(gateway_->address()), 1);
  gateway_->Replace("server.crt", server_.pem() + root_.pem());
  const absl::Time until = absl::Now() + kPatience;
  while (ServedCertificates(gateway_->address()) == 1 && absl::Now() < until) {
  }
  EXPECT_EQ(ServedCertificates(gateway_->address()), 2);
  EXPECT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
}

TEST_F(CertificateSwapTest, AnUnusableFileChangesNothing) {
  gateway_->Replace("server.crt", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("is no chain of PEM certificates", kPatience));
  EXPECT_THAT(gateway_->process().err(),
              testing::HasSubstr(R"("level":"error","event":"file_refused","setting":"server.tls.certif)"));
  gateway_->Replace("server.crt", server_.pem());
  gateway_->Replace("server.key", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("is no PEM private key", kPatience));
  ExpectSent(Send(Client(clients_)));
  EXPECT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
}

TEST_F(CertificateSwapTest, MetricsSayWhichFileIsRefusedForAsLongAsItIs) {
  const std::string jwks = JwksOf({rsa_.Jwk()});
  struct Row {
    std::string setting;
    std::string file;
    std::string good;
  };
  const Row rows[] = {{"server.tls.certificate_file", "server.crt", server_.pem()},
                      {"server.tls.client_ca_file", "clients.crt", root_.pem()},
                      {"service_account_tokens.jwks_file", "jwks", jwks}};
  for (const Row& row : rows) AwaitRefused(row.setting, false);
  for (const Row& row : rows) {
    gateway_->Replace(row.file, "garbage");
    AwaitRefused(row.setting, true);
    for (const Row& other : rows) AwaitRefused(other.setting, &other == &row);
    gateway_->Replace(row.file, row.good);
    AwaitRefused(row.setting, false);
  }
}

TEST_F(CertificateSwapTest, AuthoritiesOfClientsChangeOnOpenConnections) {
  const Caller ours(gateway_->address(), Client(clients_));
  const Caller theirs(gateway_->address(), Client(other_root_.Sign({.names = "DNS:billing.test"})));
  ExpectSent(Send(ours));
  ExpectRefused(Send(theirs), "certificate_untrusted");
  gateway_->Replace("clients.crt", other_root_.pem());
  ASSERT_TRUE(gateway_->process().WaitForError("file_loaded", kPatience));
  ExpectRefused(Send(ours), "certificate_untrusted");
  ExpectSent(Send(theirs));
  gateway_->Replace("clients.crt", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("file_refused", kPatience));
  ExpectSent(Send(theirs));
}

}  // namespace
}  // namespace blooio::integration
