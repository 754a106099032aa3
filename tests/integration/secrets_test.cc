// A long, mixed run at the most verbose log level: nothing that is secret or
// personal is in anything that the gateway printed, answered or shows of itself.
#include <gmock/gmock.h>

#include <csignal>
#include <sstream>

#include "absl/time/clock.h"
#include "tests/integration/canary.h"
#include "tests/integration/error_shapes.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/change_key.h"
#include "tests/integration/harness/http_client.h"

namespace blooio::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

// Requests of every RPC, full of what must not be seen again.
std::vector<std::shared_ptr<google::protobuf::Message>> PrivateRequests() {
  const auto make = [](auto message) { return std::make_shared<decltype(message)>(std::move(message)); };
  const std::string text = R"(text: "private-text" )";
  const std::string key = R"(idempotency_key: "private-order-1" )";
  return {
      make(Parse<v2::SendMessageRequest>(R"(chat_id { phone_number: "+15557778881" } )" + text + key)),
      make(Parse<v2::SendMessageRequest>(R"(chat_id { email: "private-ada@example.org" } )" + text)),
      make(Parse<v2::SendMessageRequest>(R"(chat_id { recipients { identifiers: "+15557778881"
          identifiers: "private-ada@example.org" } } attachments { url: "https://example.org/private-file" }
          metadata { fields { key: "private-field" value { string_value: "private-value" } } } )" +
                                         text)),
      make(Parse<v2::CreateGroupRequest>(R"(name: "private-name" members: "+15557778881" )" + key)),
      make(Parse<v4::CreateGroupRequest>(R"(channel_id: "ch_blooio_1" name: "private-name"
          members { identifier: "+15557778881" } members { object { identifier: "private-ada@example.org" } } )" +
                                         key)),
      make(Parse<v4::ListGroupsRequest>(R"(limit: 3 cursor: "private-cursor")")),
      make(Parse<v4::GetGroupRequest>(R"(group_id: "private-group")")),
      make(Parse<v4::SendChatMessageRequest>(
          R"(chat_id: "chat_demo_1" content { text { text: "private-text" reply_to: "private-reply" } } )" +
          key)),
      make(Parse<v4::SendChatMessageRequest>(
          R"(chat_id: "chat_private-1" content { text { text: "private-text" } })")),
      // Invalid: nothing of it may be told either.
      make(Parse<v2::SendMessageRequest>(
          R"(chat_id { phone_number: "15557778881" } from_number: "private-number"
          idempotency_key: "private order" texts: "private-text" text: "private-text")")),
  };
}

class SecretsTest : public testing::Test {
 protected:
  // Under a key of its own, if it has one: nothing is answered from memory.
  void Run(const google::protobuf::Message& request, const CallOptions& options = {}) {
    const std::unique_ptr<google::protobuf::Message> call(request.New());
    call->CopyFrom(request);
    const google::protobuf::FieldDescriptor* key =
        request.GetDescriptor()->FindFieldByName("idempotency_key");
    if (key != nullptr && request.GetReflection()->HasField(request, key)) {
      call->GetReflection()->SetString(
          call.get(), key,
          request.GetReflection()->GetString(request, key) + "-" + std::to_string(++operations_));
    }
    google::protobuf::Empty reply;
    Keep(gateway_calls_.Call(*call, &reply, options));
  }

  // The same with an upstream that refuses every key and repeats it, then without a key.
  void RunRefused(const google::protobuf::Message& request) {
    const std::string own_key = R"({"error":"Invalid key )" + sandbox_.key() + R"(","status":401})";
    sandbox_.Reset();
    sandbox_.Break({{"status", 401}, {"body", own_key}}, 1'000'000);
    Run(request);
    ASSERT_EQ(reason_, "UPSTREAM_CREDENTIAL_REJECTED");
    const absl::Time until = absl::Now() + absl::Seconds(30);
    while (reason_ != "ACCOUNT_WITHOUT_KEY" && absl::Now() < until) Run(request);
    ASSERT_EQ(reason_, "ACCOUNT_WITHOUT_KEY");
    keys_.push_back(sandbox_.key());
    ChangeKey(sandbox_, gateway_);
    sandbox_.Reset();
  }

  void Keep(const Result& result) {
    told_ += Told(result);
    reason_ = result.Reason();
    ++calls_;
  }

  void ExpectClean(const std::string& what, const std::string& text) const {
    for (const std::string& key : keys_) EXPECT_THAT(text, Not(HasSubstr(key.substr(8)))) << what;
    for (const std::string& secret :
         {sandbox_.key().substr(8), token_.text, token_.digest, recipient_key_, std::string("private"),
          std::string("5557778881"), std::string("Bearer"), std::string("ada@")}) {
      EXPECT_THAT(text, Not(HasSubstr(secret))) << what;
    }
  }

  SandboxServer sandbox_;
  // A caller with a token, beside the anonymous one.
  std::string Callers() const {
    return "callers:\n  - { name: billing, token_sha256: [" + token_.digest +
           "], accounts: [main], methods: [\"*\"] }\n";
  }

  std::vector<std::string> keys_;  // that it had before
  TempDir folder_;
  const CallerToken token_;
  std::string recipient_key_;
  GatewayServer gateway_{[this] {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.key = sandbox_.key();
    options.upstream_settings = "attempt_timeout: 1s";
    recipient_key_ = RandomHex(32);
    options.sections = "http: { listen: '127.0.0.1:0' }\nlog: { recipient_key_file: '" +
                       folder_.Write("recipients", recipient_key_) + "' }\n" + Callers();
    return options;
  }()};
  Caller gateway_calls_{gateway_.address()};
  std::string told_;
  std::string reason_;  // of the last call
  int calls_ = 0;
  int operations_ = 0;
};

TEST_F(SecretsTest, AppearNowhere) {
  const auto requests = PrivateRequests();
  const auto run_all = [&](const CallOptions& options = {}) {
    for (const auto& request : requests) Run(*request, options);
  };
  run_all();
  run_all();
  run_all({.metadata = {{"authorization", "Bearer private-token"}}});
  run_all({.metadata = {token_.metadata()}});
  run_all(
      {.metadata = {{"traceparent", "00-private"}, {"tracestate", "private"}, {"user-agent", "private"}}});
  run_all({.metadata = {{"blooio-account", "private-account"}}});
  run_all({.metadata = {{"grpc-previous-rpc-attempts", "1"}}});
  // The upstream repeats what it was sent, the key included.
  const std::string echo =
      R"({"error":"ApiError","message":"+1 (555) 777-8881 %2B15557778881 private-ada@example.org"})";
  for (const int status : {400, 402, 403, 404, 409, 429, 500, 501, 302, 405, 200}) {
    for (size_t i = 0; i < requests.size(); ++i) {
      sandbox_.Break({{"status", status},
                      {"body", echo},
                      {"headers", {{"Location", "http://private"}, {"Retry-After", "0"}}}});
      Run(*requests[i]);
    }
  }
  // The last one is invalid and goes nowhere.
  for (size_t i = 0; i + 1 < requests.size(); ++i) RunRefused(*requests[i]);
  for (const Json& fault : {Json{{"close", "before"}}, Json{{"reset", true}}, Json{{"hang", true}},
                            Json{{"status", 200}, {"body", "<html>private"}},
                            Json{{"status", 200}, {"body", R"({"private-key":"private-value","data":7})"}},
                            Json{{"status", 201}, {"body", R"({"id":"private)"}, {"close", "middle"}}}) {
    sandbox_.Break(fault, static_cast<int>(requests.size()));
    run_all();
  }
  sandbox_.Break({{"hang", true}}, 3);
  Run(*requests[0], {.deadline = absl::Milliseconds(100)});
  sandbox_.process().Signal(SIGKILL);
  ASSERT_TRUE(sandbox_.process().WaitForExit(absl::Seconds(10)).has_value());
  run_all();
  EXPECT_GT(calls_, 150);

  const HttpAnswer metrics = Fetch("GET", gateway_.http_address(), "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body, HasSubstr("blooio_gateway_calls_total{"));
  ExpectClean("metrics", metrics.body);
  const HttpAnswer not_found = Fetch("GET", gateway_.http_address(), "/private?key=" + sandbox_.key());
  ExpectClean("what the HTTP listener says", not_found.body);

  const std::string proc = "/proc/" + std::to_string(gateway_.process().pid()) + "/";
  const std::string command_line = ReadAll(proc + "cmdline");
  const std::string environment = ReadAll(proc + "environ");
  EXPECT_THAT(command_line, HasSubstr("--config"));
  EXPECT_EQ(gateway_.Stop(), 0);
  ExpectClean("stdout", gateway_.process().out());
  ExpectClean("stderr", gateway_.process().err());
  ExpectClean("what callers were told", told_);
  ExpectClean("command line", command_line);
  for (const std::string& secret : {sandbox_.key(), token_.text, recipient_key_}) {
    EXPECT_THAT(environment, Not(HasSubstr(secret)));
  }

  // Every line of the log is one JSON object, and every call made one.
  std::istringstream lines(gateway_.process().err());
  int logged = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, false);
    EXPECT_TRUE(json.is_object()) << line;
    const std::string event = json.is_object() ? json.value("event", "") : "";
    if (event == "call") ++logged;
  }
  EXPECT_EQ(logged, calls_);
}

TEST_F(SecretsTest, TheSandboxsWordsHoldNeitherKeyNorText) {
  for (const auto& request : PrivateRequests()) Run(*request);
  sandbox_.process().Signal(SIGTERM);
  EXPECT_EQ(sandbox_.process().WaitForExit(absl::Seconds(10)), 0);
  ExpectClean("sandbox", sandbox_.process().out() + sandbox_.process().err());
}

}  // namespace
}  // namespace blooio::integration
