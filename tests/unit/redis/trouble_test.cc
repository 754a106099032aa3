#include "service/redis/trouble.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Trouble, SaysWhatAnErrorMeansAndWhatToDo) {
  struct Row {
    const char* text;
    const char* word;
    bool drop;
    const char* sentence;
  };
  const std::vector<Row> rows = {
      {"NOAUTH Authentication required.", "refused", true, "set redis.password_file"},
      {"WRONGPASS invalid username-password pair or user is disabled.", "refused", true,
       "correct redis.user"},
      {"NOPERM this user has no permissions to run the 'evalsha' command", "refused", false, "ACL SETUSER"},
      {"DENIED Redis is running in protected mode because", "refused", true, "give it a password"},
      {"READONLY You can't write against a read only replica.", "error", true, "lead to the primary"},
      {"MASTERDOWN Link with MASTER is down", "error", true, "lead to the primary"},
      {"MOVED 1234 10.0.0.1:6379", "error", true, "not a cluster"},
      {"CLUSTERDOWN The cluster is down", "error", true, "not a cluster"},
      {"OOM command not allowed when used memory > 'maxmemory'.", "error", false, "maxmemory"},
      {"LOADING Redis is loading the dataset in memory", "error", false, "when it has"},
      {"BUSY Redis is busy running a script.", "error", false, "SCRIPT KILL"},
      {"MISCONF Redis is configured to save RDB snapshots", "error", false, "stop-writes-on-bgsave-error"},
      {"ERR max number of clients reached", "connection", true, "raise its maxclients"},
      {"ERR The user executing the script can't run this command or subcommand script: 8, on "
       "@user_script:12.",
       "refused", false, "ACL SETUSER"},
      // Of older servers.
      {"ERR Error running script (call to f_1): @user_script:9: -READONLY You can't write against", "error",
       true, "lead to the primary"},
      {"@user_script: 9: The user executing the script can't run this command or subcommand", "refused",
       false, "ACL SETUSER"},
      {"ERR Error running script (call to f_1): @user_script:9: @user_script: 9: The user executing the "
       "script can't access at least one of the keys",
       "refused", false, "ACL SETUSER"},
      {"ERR something for +15551234567\r\nelse", "error", false, "something for +1***67 else"},
      {"READONLYISH", "error", false, "READONLYISH"},
      {"", "error", false, "answers with an error"},
  };
  for (const Row& row : rows) {
    const RedisTrouble trouble = TroubleOf(row.text, "Redis at cache:6379", false);
    EXPECT_EQ(TroubleWord(trouble.status), row.word) << row.text;
    EXPECT_EQ(trouble.drop, row.drop) << row.text;
    EXPECT_THAT(std::string(trouble.status.message()), StartsWith("Redis at cache:6379 ")) << row.text;
    EXPECT_THAT(std::string(trouble.status.message()), HasSubstr(row.sentence)) << row.text;
  }
}

TEST(Trouble, QuotesNothingThatMayRepeatAPassword) {
  const RedisTrouble trouble = TroubleOf("ERR unknown command 'AUTH', with args beginning with: 'hunter2'",
                                         "Redis at cache:6379", true);
  EXPECT_EQ(TroubleWord(trouble.status), "refused");
  EXPECT_TRUE(trouble.drop);
  EXPECT_THAT(std::string(trouble.status.message()), Not(HasSubstr("hunter2")));
}

TEST(Trouble, HasAWordForEveryStatus) {
  EXPECT_EQ(TroubleWord(absl::DeadlineExceededError("")), "timeout");
  EXPECT_EQ(TroubleWord(absl::UnavailableError("")), "connection");
  EXPECT_EQ(TroubleWord(absl::PermissionDeniedError("")), "refused");
  EXPECT_EQ(TroubleWord(absl::DataLossError("")), "nonsense");
  EXPECT_EQ(TroubleWord(absl::ResourceExhaustedError("")), "error");
}

}  // namespace
}  // namespace blooio::gateway
