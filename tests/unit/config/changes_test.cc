#include "service/config/changes.h"

#include <gmock/gmock.h>

#include <functional>

#include "service/config/config.h"

namespace blooio::gateway {
namespace {

struct Row {
  std::string name;
  std::function<void(v1::GatewayConfig&)> change;
  std::vector<std::string> paths;
};

TEST(Changes, NameWhatNeedsARestartAndNothingElse) {
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
    EXPECT_EQ(ChangesThatNeedRestart(before, after), row.paths);
    EXPECT_EQ(ChangesThatNeedRestart(after, before), row.paths) << "the other way round";
  }
}

}  // namespace
}  // namespace blooio::gateway
