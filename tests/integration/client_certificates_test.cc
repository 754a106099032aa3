// Client certificates of every kind on the wire: answered, never a connection
// that breaks, and nothing of a wrong one reaches the upstream.
#include "absl/time/clock.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

class ClientCertificatesTest : public IdentityWorld {};

TEST_F(ClientCertificatesTest, GoodOnesNameTheCaller) {
  for (const char* names :
       {"URI:spiffe://test/billing", "DNS:billing.test", "DNS:BILLING.test,DNS:other.test"}) {
    SCOPED_TRACE(names);
    ExpectSent(Send(Client(root_.Sign({.names = names}))));
  }
  ExpectSent(Send(Client(root_.Sign({.names = "DNS:billing.test", .rsa_bits = 2048}))));
  const TestCertificate middle = root_.Sign({.common_name = "middle", .authority = true, .usage = ""});
  ExpectSent(Send(Client(middle.Sign({.names = "DNS:billing.test"}), middle.pem())));
}

TEST_F(ClientCertificatesTest, WrongOnesAreAnsweredWithTheCause) {
  const absl::Time now = absl::Now();
  const std::string billing = "URI:spiffe://test/billing";
  const TestCertificate middle = root_.Sign({.common_name = "middle", .authority = true, .usage = ""});
  ExpectRefused(Send(Client()), "no_credential");
  ExpectRefused(Send(Client(other_root_.Sign({.names = billing}))), "certificate_untrusted");
  ExpectRefused(Send(Client(TestCertificate::SelfSigned({.names = billing}))), "certificate_untrusted");
  ExpectRefused(Send(Client(middle.Sign({.names = billing}))), "certificate_untrusted");
  ExpectRefused(Send(Client(other_root_.Sign({.names = billing}), other_root_.pem())),
                "certificate_untrusted");
  ExpectRefused(Send(Client(root_.Sign({.names = billing, .not_after = now - absl::Seconds(2)}))),
                "certificate_expired");
  ExpectRefused(Send(Client(root_.Sign({.names = billing, .not_before = now + absl::Hours(1)}))),
                "certificate_not_yet_valid");
  ExpectRefused(Send(Client(root_.Sign({.names = billing, .usage = "serverAuth"}))), "certificate_purpose");
  ExpectRefused(Send(Client(root_.Sign({.names = "URI:spiffe://test/nobody"}))), "unknown_certificate");
  ExpectRefused(Send(Client(root_.Sign({.names = billing + ",URI:spiffe://test/other"}))),
                "unknown_certificate");
  ExpectRefused(Send(Client(root_.Sign({.names = "DNS:*.test"}))), "unknown_certificate");
  ExpectRefused(Send(Client(root_.Sign({.common_name = "billing.test"}))), "unknown_certificate");
  ExpectRefused(Send(Client(root_.Sign({.names = "URI:spiffe://test/support,DNS:billing.test"}))),
                "ambiguous_certificate");
}

TEST_F(ClientCertificatesTest, ATokenBesideItNamesTheSameCaller) {
  const TlsClient client = Client(BillingCertificate());
  ExpectSent(Send(client, {billing_.metadata()}));
  ExpectRefused(Send(client, {support_.metadata()}), "different_callers");
  ExpectRefused(Send(client, {{"authorization", "Bearer wrong"}}), "unknown_token");
  ExpectRefused(Send(Client(other_root_.Sign({.names = "DNS:billing.test"})), {billing_.metadata()}),
                "certificate_untrusted");
}

TEST_F(ClientCertificatesTest, PolicyFollowsTheCaller) {
  const Result result = Send(Client(root_.Sign({.names = "URI:spiffe://test/support"})));
  EXPECT_EQ(result.code, google::rpc::PERMISSION_DENIED) << result;
  EXPECT_EQ(result.Reason(), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
  EXPECT_THAT(sandbox_.Requests(), testing::IsEmpty());
}

TEST_F(ClientCertificatesTest, HealthAndReflectionNeedNone) {
  EXPECT_EQ(Caller(gateway_->address(), Client()).Health(""), "SERVING");
  EXPECT_EQ(Caller(gateway_->address(), Client(other_root_.Sign({}))).Health(""), "SERVING");
  const std::string ca =
      gateway_->config_file().substr(0, gateway_->config_file().rfind('/')) + "/clients.crt";
  Process list({BLOOIO_CTL, "--server", gateway_->address(), "--tls-ca", ca, "list"});
  EXPECT_EQ(list.WaitForExit(absl::Seconds(30)), 0) << list.err();
  EXPECT_THAT(list.out(), testing::HasSubstr("blooio.v4.GroupsService/ListGroups"));
}

TEST_F(ClientCertificatesTest, OneThatExpiresStopsWorkingOnItsConnection) {
  // In whole seconds, as certificates have it.
  const absl::Time end = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 8);
  const Caller caller(gateway_->address(),
                      Client(root_.Sign({.names = "DNS:billing.test", .not_after = end})));
  ExpectSent(Send(caller));
  Result result = Send(caller);
  while (result.code == google::rpc::OK && absl::Now() < end + absl::Seconds(30)) result = Send(caller);
  EXPECT_GE(absl::Now(), end);
  sandbox_.Reset();
  ExpectRefused(Send(caller), "certificate_expired");
}

TEST_F(ClientCertificatesTest, AResumedSessionNeedsNoChain) {
  const TestCertificate middle = root_.Sign({.common_name = "middle", .authority = true, .usage = ""});
  TlsClient client = Client(middle.Sign({.names = "DNS:billing.test"}), middle.pem());
  client.sessions = NewTlsSessions();
  ExpectSent(Send(client));
  ExpectSent(Send(client));
  // What was verified is forgotten with the authorities.
  gateway_->Replace("clients.crt", root_.pem() + other_root_.pem());
  ASSERT_TRUE(gateway_->process().WaitForError("file_loaded", absl::Seconds(30)));
  ExpectSent(Send(client));
}

}  // namespace
}  // namespace blooio::integration
