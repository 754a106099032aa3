// How a listener with TLS begins: what it speaks, what it asks for, and what is
// told when its files are no good.
#include "absl/time/clock.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

class TlsStartTest : public IdentityWorld {
 protected:
  // With a file in place of a good one, "" for none.
  std::string StartWith(const std::string& name, const std::string& contents) const {
    GatewayOptions options = Options();
    std::erase_if(options.files, [&](const auto& file) { return file.first == name; });
    if (!contents.empty()) options.files.emplace_back(name, contents);
    GatewayServer gateway(options, GatewayServer::NotAwaited{});
    EXPECT_EQ(gateway.process().WaitForExit(absl::Seconds(30)), 1);
    EXPECT_EQ(gateway.process().out(), "");
    return gateway.process().err();
  }
  std::string File(const std::string& name) const {
    return gateway_->config_file().substr(0, gateway_->config_file().rfind('/') + 1) + name;
  }
};

TEST_F(TlsStartTest, SpeaksTls12And13Only) {
  EXPECT_EQ(ServedSerialNumber(gateway_->address(), TlsVersion::k1_0), std::nullopt);
  EXPECT_EQ(ServedSerialNumber(gateway_->address(), TlsVersion::k1_1), std::nullopt);
  EXPECT_EQ(ServedSerialNumber(gateway_->address(), TlsVersion::k1_2), server_.serial_number());
  EXPECT_EQ(ServedSerialNumber(gateway_->address(), TlsVersion::k1_3), server_.serial_number());
}

TEST_F(TlsStartTest, ClearTextIsNotServedBesideIt) {
  google::protobuf::Empty reply;
  const Result result =
      Caller(gateway_->address()).Call(v4::ListGroupsRequest(), &reply, {.deadline = absl::Seconds(5)});
  EXPECT_NE(result.code, google::rpc::OK);
  EXPECT_THAT(sandbox_.Requests(), testing::IsEmpty());
}

TEST_F(TlsStartTest, SaysWhichFileIsNoGood) {
  using testing::HasSubstr;
  const TestCertificate other = ServerCertificate();
  EXPECT_THAT(StartWith("server.crt", ""), HasSubstr("server.crt: cannot be read"));
  EXPECT_THAT(StartWith("server.crt", "x"), HasSubstr("server.crt: is no chain of PEM certificates"));
  EXPECT_THAT(StartWith("server.key", ""), HasSubstr("server.key: cannot be read"));
  EXPECT_THAT(StartWith("server.key", "x"), HasSubstr("server.key: is no PEM private key"));
  EXPECT_THAT(StartWith("server.key", other.key_pem()),
              HasSubstr("server.key: is not the key of the certificate"));
  EXPECT_THAT(StartWith("clients.crt", "x"), HasSubstr("clients.crt: has no PEM certificate"));
  EXPECT_THAT(StartWith("clients.crt", ""), HasSubstr("clients.crt: cannot be read"));
  EXPECT_THAT(StartWith("jwks", "{}"), HasSubstr("jwks: has no list \"keys\""));
}

TEST_F(TlsStartTest, AnExpiredCertificateIsAWarning) {
  GatewayOptions options = Options();
  const TestCertificate expired = root_.Sign(
      {.names = "IP:127.0.0.1", .usage = "serverAuth", .not_after = absl::Now() - absl::Minutes(1)});
  options.files[0].second = expired.pem();
  options.files[1].second = expired.key_pem();
  GatewayServer gateway(options);
  EXPECT_TRUE(
      gateway.process().WaitForError(R"("level":"warning","event":"certificate_loaded")", absl::Seconds(30)));
}

TEST_F(TlsStartTest, WithoutClientAuthoritiesNoCertificateIsAskedFor) {
  GatewayOptions options = Options();
  options.server = "drain_delay: 0s, tls: { certificate_file: server.crt, private_key_file: server.key }";
  options.sections = Callers("  - { name: billing, accounts: [main], methods: ['*'], token_sha256: [" +
                             billing_.digest + "] }\n");
  GatewayServer gateway(options);
  // The client has one and does not show it.
  const Caller caller(gateway.address(), Client(BillingCertificate()));
  ExpectRefused(Send(caller), "no_credential");
  ExpectSent(Send(caller, {billing_.metadata()}));
}

TEST_F(TlsStartTest, BlooioctlCallsWithTokenOrCertificate) {
  const TestCertificate certificate = BillingCertificate();
  gateway_->Replace("client.crt", certificate.pem());
  gateway_->Replace("client.key", certificate.key_pem());
  gateway_->Replace("token", billing_.text + "\n");
  const auto call = [&](std::vector<std::string> flags) {
    std::vector<std::string> command = {BLOOIO_CTL, "--server", gateway_->address(), "--tls-ca",
                                        File("clients.crt")};
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(), {"call", "blooio.v4.GroupsService/ListGroups", "{}"});
    Process process(command);
    const std::optional<int> code = process.WaitForExit(absl::Seconds(30));
    return std::pair(code, process.out() + process.err());
  };
  for (const auto& flags : std::vector<std::vector<std::string>>{
           {"--token-file", File("token")},
           {"--tls-cert", File("client.crt"), "--tls-key", File("client.key")}}) {
    const auto [code, said] = call(flags);
    EXPECT_EQ(code, 0) << said;
    EXPECT_THAT(sandbox_.Requests(), testing::SizeIs(1));
    sandbox_.Reset();
  }
  const auto [code, said] = call({});
  EXPECT_NE(code, 0);
  EXPECT_THAT(said, testing::HasSubstr("CALLER_UNAUTHENTICATED"));
  EXPECT_THAT(sandbox_.Requests(), testing::IsEmpty());
}

}  // namespace
}  // namespace blooio::integration
