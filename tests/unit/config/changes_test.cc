#include "service/config/changes.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <functional>

#include "service/config/config.h"

namespace blooio::gateway {
namespace {

struct Row {
  std::string name;
  std::function<void(v1::GatewayConfig&)> change;
  std::vector<std::string> paths;
};

using google::protobuf::util::MessageDifferencer;

TEST(Changes, KeepAndNameWhatNeedsARestartAndNothingElse) {
  const std::vector<Row> rows = {
      {"nothing", [](auto&) {}, {}},
      {"callers and accounts",
       [](auto& c) {
         c.add_callers()->set_name("billing");
         c.add_accounts()->set_name("eu");
         c.mutable_anonymous()->set_enabled(false);
         c.mutable_service_account_tokens()->set_issuer("i");
       },
       {}},
      {"deadlines", [](auto& c) { c.mutable_upstream()->mutable_max_deadline()->set_seconds(60); }, {}},
      {"a listener", [](auto& c) { c.mutable_server()->set_listen("127.0.0.1:1"); }, {"server"}},
      {"a section that was off", [](auto& c) { c.mutable_http(); }, {"http"}},
      {"several",
       [](auto& c) {
         c.mutable_upstream()->set_threads(2);
         c.mutable_upstream()->set_ca_file("ca.pem");
         c.mutable_server()->mutable_tls()->set_client_ca_file("ca.pem");
         c.mutable_log()->set_recipient_key_file("k");
       },
       {"server", "upstream.ca_file", "upstream.threads", "log"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const v1::GatewayConfig before = LocalConfig();
    v1::GatewayConfig after = before;
    row.change(after);
    v1::GatewayConfig taken = after;
    EXPECT_EQ(KeepWhatNeedsRestart(before, &taken), row.paths);
    EXPECT_TRUE(MessageDifferencer::Equals(taken, row.paths.empty() ? after : before));
    v1::GatewayConfig back = before;
    EXPECT_EQ(KeepWhatNeedsRestart(after, &back), row.paths) << "the other way round";
    EXPECT_TRUE(MessageDifferencer::Equals(back, row.paths.empty() ? before : after));
  }
}

TEST(Changes, TakeOverWhatStandsBesideThem) {
  const v1::GatewayConfig before = LocalConfig();
  v1::GatewayConfig after = before;
  after.mutable_server()->set_listen("127.0.0.1:1");
  after.mutable_upstream()->set_threads(2);
  after.mutable_upstream()->mutable_max_deadline()->set_seconds(60);
  after.add_callers()->set_name("billing");
  EXPECT_EQ(KeepWhatNeedsRestart(before, &after), (std::vector<std::string>{"server", "upstream.threads"}));
  EXPECT_EQ(after.server().listen(), before.server().listen());
  EXPECT_EQ(after.upstream().threads(), before.upstream().threads());
  EXPECT_EQ(after.upstream().max_deadline().seconds(), 60);
  EXPECT_EQ(after.callers(0).name(), "billing");
}

}  // namespace
}  // namespace blooio::gateway
