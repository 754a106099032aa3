// A gateway that serves TLS and knows two callers by tokens, certificates and
// service accounts, with a sandbox behind it: what the tests of identity share.
#pragma once

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>

#include <memory>
#include <string>
#include <vector>

#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"
#include "tests/integration/harness/tls_probe.h"
#include "tests/unit/identity/pki.h"
#include "tests/unit/identity/tokens.h"

namespace blooio::integration {

using gateway::CertificateSpec;
using gateway::GoodClaims;
using gateway::JwksOf;
using gateway::TestCertificate;
using gateway::TestSigner;

class IdentityWorld : public ::testing::Test {
 protected:
  // "server: { tls: … }" and the callers `billing`, which may do everything, and
  // `support`, which may read.
  virtual GatewayOptions Options() const {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.key = sandbox_.key();
    options.anonymous = false;
    options.server =
        "drain_delay: 0s, tls: { certificate_file: server.crt, private_key_file: server.key, "
        "client_ca_file: clients.crt }";
    options.sections = Callers(Billing() + Support()) + "service_account_tokens: { issuer: '" +
                       gateway::kIssuer + "', audience: " + gateway::kAudience + ", jwks_file: jwks }\n";
    options.files = {{"server.crt", server_.pem()},
                     {"server.key", server_.key_pem()},
                     {"clients.crt", root_.pem()},
                     {"jwks", JwksOf({rsa_.Jwk(), ec_.Jwk()})}};
    return options;
  }
  std::string Billing() const {
    return "  - { name: billing, accounts: [main], methods: ['*'], token_sha256: [" + billing_.digest +
           "], spiffe_ids: ['spiffe://test/billing'], dns_names: [billing.test], service_accounts: ['" +
           gateway::kSubject + "'] }\n";
  }
  std::string Support() const {
    return "  - { name: support, accounts: [main], methods: [reads], token_sha256: [" + support_.digest +
           "], spiffe_ids: ['spiffe://test/support'] }\n";
  }
  static std::string Callers(const std::string& entries) { return "callers:\n" + entries; }

  void SetUp() override { gateway_ = std::make_unique<GatewayServer>(Options()); }
  void TearDown() override { EXPECT_EQ(gateway_->Stop(), 0) << gateway_->process().err(); }

  // A client that trusts the gateway, and shows `certificate` with `chain`.
  TlsClient Client() const { return {.authority = root_.pem()}; }
  TlsClient Client(const TestCertificate& certificate, const std::string& chain = "") const {
    return {.authority = root_.pem(),
            .certificate = certificate.pem() + chain,
            .private_key = certificate.key_pem()};
  }
  TestCertificate BillingCertificate() const { return root_.Sign({.names = "URI:spiffe://test/billing"}); }

  // A send, on a connection of its own.
  Result Send(const TlsClient& tls,
              const std::vector<std::pair<std::string, std::string>>& metadata = {}) const {
    return Send(Caller(gateway_->address(), tls), metadata);
  }
  static Result Send(const Caller& caller,
                     const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
    google::protobuf::Empty reply;
    CallOptions options;
    options.metadata = metadata;
    return caller.Call(
        Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15557770001" } text: "private text")"),
        &reply, options);
  }

  void ExpectRefused(const Result& result, const std::string& cause) const {
    EXPECT_EQ(result.code, google::rpc::UNAUTHENTICATED) << result;
    EXPECT_EQ(result.Reason(), "CALLER_UNAUTHENTICATED") << result;
    EXPECT_EQ(result.Fact("cause"), cause) << result;
    EXPECT_EQ(result.Trailer("grpc-retry-pushback-ms"), "-1");
    EXPECT_THAT(sandbox_.Requests(), ::testing::IsEmpty());
  }
  void ExpectSent(const Result& result) const {
    EXPECT_EQ(result.code, google::rpc::OK) << result;
    ASSERT_THAT(sandbox_.Requests(), ::testing::SizeIs(1));
    EXPECT_EQ(sandbox_.Requests()[0].Header("authorization"), sandbox_.KeyFingerprint());
    sandbox_.Reset();
  }

  const TestCertificate root_ = TestCertificate::Root("authority");
  const TestCertificate other_root_ = TestCertificate::Root("authority");
  const TestCertificate server_ = ServerCertificate();
  const TestSigner rsa_ = TestSigner::Rsa("rsa");
  const TestSigner ec_ = TestSigner::Ec("ec");
  const CallerToken billing_;
  const CallerToken support_;
  const SandboxServer sandbox_;
  std::unique_ptr<GatewayServer> gateway_;

  TestCertificate ServerCertificate() const {
    return root_.Sign({.common_name = "gateway", .names = "IP:127.0.0.1", .usage = "serverAuth"});
  }
};

}  // namespace blooio::integration
