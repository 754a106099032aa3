// Credentials of every kind, good and wrong, with calls that are served, refused
// and served in shadow mode: nothing of a credential, a message or a person is in
// anything that the gateway prints, answers or shows of itself.
#include "tests/integration/canary.h"

#include "absl/time/clock.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/http_client.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;

struct Format {
  std::string name;
  // Of a line about a call.
  std::string call;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

// Requests of every kind, which write to a group, too.
std::vector<std::shared_ptr<google::protobuf::Message>> PrivateRequests(const std::string& group_id) {
  const auto make = [](auto message) { return std::make_shared<decltype(message)>(std::move(message)); };
  const auto send = [&](const std::string& chat_id) {
    return make(Parse<v2::SendMessageRequest>("text: 'private-text' chat_id { " + chat_id + " }"));
  };
  return {
      send("phone_number: '+15557778881'"),
      send("email: 'private-ada@example.org'"),
      send("group_id: '" + group_id + "'"),
      send("recipients { identifiers: '+15557778881' identifiers: 'private-ada@example.org' }"),
      // Invalid.
      send("group_id: '" + group_id + ",+15557778881'"),
      make(Parse<v2::CreateGroupRequest>("name: 'private-name' members: '+15557778881'")),
      make(Parse<v4::CreateGroupRequest>("channel_id: 'ch_blooio_1' name: 'private-name' "
                                         "members { identifier: '+15557778881' }")),
      make(Parse<v4::GetGroupRequest>("group_id: '" + group_id + "'")),
      make(Parse<v4::GetGroupRequest>("group_id: 'grp_private'")),
      make(Parse<v4::SendChatMessageRequest>(
          "chat_id: 'chat_private' content { text { text: 'private-text' } }")),
      make(v4::ListGroupsRequest()),
  };
}

class CanaryTest : public IdentityWorld, public testing::WithParamInterface<Format> {
 protected:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  GatewayOptions Options() const override {
    GatewayOptions options = IdentityWorld::Options();
    const auto tried = [](const std::string& name, const CallerToken& token, const std::string& grants) {
      return "  - { name: " + name + ", accounts: [main], token_sha256: [" + token.digest + "], " + grants +
             " }\n";
    };
    const std::string grants = "methods: ['*'], senders: ['+15550000001'], max_recipients: 1";
    options.sections = Callers(Billing() + Support() + tried("strict", strict_, grants) +
                               tried("trial", trial_, grants + ", shadow: true")) +
                       options.sections.substr(options.sections.find("service_account_tokens:")) +
                       "http: { listen: '127.0.0.1:0' }\nlog: { recipient_key_file: recipients }\n";
    options.files.emplace_back("recipients", recipient_key_);
    options.flags = {"--log-level", "debug", "--log-format", GetParam().name};
    return options;
  }

  Result Call(const Caller& caller, const google::protobuf::Message& request,
              google::protobuf::Message* reply, const Metadata& metadata) {
    CallOptions options;
    options.metadata = metadata;
    Result result = caller.Call(request, reply, options);
    told_ += Told(result);
    ++reasons_[result.Reason()];
    return result;
  }

  std::string Jwt(const TestSigner& signer, absl::Duration age) const {
    nlohmann::json claims = GoodClaims(absl::Now() - age);
    claims["private-claim"] = "private-value";
    return signer.Token(claims);
  }

  const CallerToken strict_, trial_;
  const std::string recipient_key_ = RandomHex(32);
  const TestCertificate billing_certificate_ = BillingCertificate();
  const TestCertificate wrong_certificate_ = other_root_.Sign({.names = "URI:spiffe://test/billing"});
  const std::string jwt_ = Jwt(ec_, absl::ZeroDuration());
  const std::string expired_jwt_ = Jwt(rsa_, absl::Hours(9));
  const std::string foreign_jwt_ = Jwt(TestSigner::Ec("ec"), absl::ZeroDuration());
  const std::string wrong_token_ = RandomHex(48);
  Canaries canaries_;
  std::string told_;
  std::map<std::string, int> reasons_;
};

TEST_P(CanaryTest, AppearsNowhere) {
  const auto bearer = [](const std::string& token) { return Metadata{{"authorization", "Bearer " + token}}; };
  // Groups of both APIs, whose ids are private as well.
  const Caller caller(gateway_->address(), Client());
  v2::CreateGroupResponse v2_group;
  v4::CreateGroupResponse v4_group;
  EXPECT_EQ(Call(caller,
                 Parse<v2::CreateGroupRequest>("name: 'private' members: '+15557778881' "
                                               "members: 'private-ada@example.org'"),
                 &v2_group, {billing_.metadata()})
                .code,
            google::rpc::OK);
  EXPECT_EQ(
      Call(caller,
           Parse<v4::CreateGroupRequest>("channel_id: 'ch_blooio_1' members { identifier: '+15557778881' }"),
           &v4_group, {billing_.metadata()})
          .code,
      google::rpc::OK);
  ASSERT_NE(v2_group.group_id(), "");
  ASSERT_NE(v4_group.data().id(), "");

  const std::vector<std::pair<TlsClient, Metadata>> credentials = {
      {Client(), {billing_.metadata()}},
      {Client(), {support_.metadata()}},
      {Client(), {strict_.metadata()}},
      {Client(), {trial_.metadata()}},
      {Client(), bearer(jwt_)},
      {Client(), bearer(expired_jwt_)},
      {Client(), bearer(foreign_jwt_)},
      {Client(), bearer(jwt_ + "x")},
      {Client(), bearer(wrong_token_)},
      {Client(), {{"authorization", "Basic " + wrong_token_}}},
      {Client(), {{"authorization", wrong_token_}, {"authorization", wrong_token_}}},
      {Client(), {billing_.metadata(), {"blooio-account", "private-account"}}},
      {Client(billing_certificate_), {}},
      {Client(billing_certificate_), {support_.metadata()}},
      {Client(wrong_certificate_), {billing_.metadata()}},
  };
  for (const auto& [tls, metadata] : credentials) {
    const Caller one(gateway_->address(), tls);
    for (const std::string& group_id : {v2_group.group_id(), v4_group.data().id()}) {
      for (const auto& request : PrivateRequests(group_id)) {
        google::protobuf::Empty reply;
        Call(one, *request, &reply, metadata);
      }
    }
  }
  for (const char* reason : {"", "CALLER_UNAUTHENTICATED", "CALLER_NOT_ALLOWED", "INVALID_REQUEST",
                             "UPSTREAM_NOT_FOUND", "UPSTREAM_ALREADY_EXISTS"}) {
    EXPECT_GT(reasons_[reason], 0) << reason;
  }

  canaries_.Add("the key of the account", sandbox_.key().substr(8));
  canaries_.Add("the key of the recipients", recipient_key_);
  for (const CallerToken* token : {&billing_, &support_, &strict_, &trial_}) {
    canaries_.Add("a token", token->text);
    canaries_.Add("a token's digest", token->digest);
  }
  canaries_.Add("a wrong token", wrong_token_);
  canaries_.AddJwt("a service account's token", jwt_);
  canaries_.AddJwt("an expired token", expired_jwt_);
  canaries_.AddJwt("a foreign token", foreign_jwt_);
  canaries_.AddPem("the listener's private key", server_.key_pem());
  canaries_.AddPem("a client's private key", billing_certificate_.key_pem());
  canaries_.AddPem("a client's certificate", billing_certificate_.pem());
  canaries_.AddPem("a wrong certificate", wrong_certificate_.pem());
  canaries_.Add("a v2 group's id", v2_group.group_id());
  canaries_.Add("a v4 group's id", v4_group.data().id());
  for (const char* word : {"private", "5557778881", "ada@", "PRIVATE KEY"}) {
    canaries_.Add(word, word);
  }

  const HttpAnswer metrics = Fetch("GET", gateway_->http_address(), "/metrics");
  EXPECT_THAT(metrics.body, HasSubstr("blooio_gateway_shadow_refusals_total{"));
  EXPECT_THAT(metrics.body, HasSubstr("blooio_gateway_identity_failures_total{"));
  EXPECT_EQ(canaries_.FoundIn(metrics.body), "") << "metrics";
  const std::string proc = "/proc/" + std::to_string(gateway_->process().pid()) + "/";
  const std::string command_line = ReadAll(proc + "cmdline");
  EXPECT_THAT(command_line, HasSubstr("--config"));
  EXPECT_EQ(canaries_.FoundIn(command_line), "") << "command line";
  EXPECT_EQ(canaries_.FoundIn(ReadAll(proc + "environ")), "") << "environment";
  EXPECT_EQ(canaries_.FoundIn(told_), "") << "what callers were told";
  EXPECT_EQ(gateway_->Stop(), 0);
  EXPECT_EQ(canaries_.FoundIn(gateway_->process().out()), "") << "stdout";
  EXPECT_THAT(gateway_->process().err(), HasSubstr(GetParam().call));
  EXPECT_EQ(canaries_.FoundIn(gateway_->process().err()), "") << "stderr";
}

INSTANTIATE_TEST_SUITE_P(Formats, CanaryTest,
                         testing::Values(Format{"json", R"("event":"call","caller":"trial")"},
                                         Format{"text", " call trial "}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace blooio::integration
