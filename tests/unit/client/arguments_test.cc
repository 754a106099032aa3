#include "client/blooioctl/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "client/blooioctl/command_table.h"
#include "client/blooioctl/flags.h"

namespace blooio::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ArgumentsTest : public testing::Test {
 protected:
  static absl::StatusOr<Invocation> Parse(std::vector<std::string_view> arguments) {
    return ParseArguments(arguments);
  }

 private:
  absl::FlagSaver saver_;
};

TEST_F(ArgumentsTest, ReadsCommandOptionsAndPositionals) {
  const auto in = Parse({"group", "create", "--name", "Team", "--member=+15550001", "--member", "a@b.c"});
  ASSERT_TRUE(in.ok()) << in.status();
  EXPECT_EQ(in->command, "group create");
  EXPECT_EQ(in->Find("name"), "Team");
  EXPECT_THAT(in->All("member"), ElementsAre("+15550001", "a@b.c"));
  EXPECT_EQ(in->Find("channel"), std::nullopt);
  EXPECT_THAT(in->All("channel"), IsEmpty());
}

TEST_F(ArgumentsTest, FlagsStandAnywhereWithDashesOrUnderscores) {
  const auto in = Parse({"--tls-ca", "ca.pem", "--verbose", "group", "--timeout=1.5s", "get", "grp_1",
                         "--token_file", "token", "--server=unix:/run/blooio"});
  ASSERT_TRUE(in.ok()) << in.status();
  EXPECT_EQ(in->command, "group get");
  EXPECT_THAT(in->positionals, ElementsAre("grp_1"));
  EXPECT_EQ(absl::GetFlag(FLAGS_tls_ca), "ca.pem");
  EXPECT_EQ(absl::GetFlag(FLAGS_token_file), "token");
  EXPECT_EQ(absl::GetFlag(FLAGS_server), "unix:/run/blooio");
  EXPECT_EQ(absl::GetFlag(FLAGS_timeout), absl::Milliseconds(1500));
  EXPECT_TRUE(absl::GetFlag(FLAGS_verbose));
}

TEST_F(ArgumentsTest, ValuesAreTakenAsTheyAre) {
  const auto in = Parse({"message", "send", "--to", "+1", "--text", "--server", "--text=", "--text=a=b"});
  ASSERT_TRUE(in.ok()) << in.status();
  EXPECT_THAT(in->All("text"), ElementsAre("--server", "", "a=b"));
  EXPECT_EQ(absl::GetFlag(FLAGS_server), "127.0.0.1:50051");
}

TEST_F(ArgumentsTest, DashIsPositionalAndDoubleDashEndsOptions) {
  EXPECT_THAT(Parse({"call", "M", "-"})->positionals, ElementsAre("M", "-"));
  EXPECT_THAT(Parse({"call", "M", "--", "--verbose"})->positionals, ElementsAre("M", "--verbose"));
}

TEST_F(ArgumentsTest, HelpNeedsNothingElse) {
  EXPECT_TRUE(Parse({"--help"})->help);
  EXPECT_TRUE(Parse({"call", "-h"})->help);
  EXPECT_TRUE(Parse({"--version"})->version);
  EXPECT_EQ(Parse({"message", "send", "--help"})->command, "message send");
}

struct Misuse {
  std::vector<std::string_view> arguments;
  std::string_view error;
};

class MisuseTest : public testing::TestWithParam<Misuse> {
 private:
  absl::FlagSaver saver_;
};

TEST_P(MisuseTest, IsExplained) {
  const auto in = ParseArguments(GetParam().arguments);
  ASSERT_EQ(in.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(in.status().message()), HasSubstr(std::string(GetParam().error)));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, MisuseTest,
    testing::Values(Misuse{{}, "which command?"}, Misuse{{"group"}, "`group` is not a whole command"},
                    Misuse{{"group", "delete"}, "there is no command `group delete`"},
                    Misuse{{"groups"}, "there is no command `groups`"},
                    Misuse{{"call"}, "`call` needs METHOD"},
                    Misuse{{"call", "M", "{}", "x"}, "`x` is one argument too many"},
                    Misuse{{"group", "get"}, "`group get` needs GROUP_ID"},
                    Misuse{{"group", "list", "--name", "x"}, "`group list` has no option --name"},
                    Misuse{{"--name", "x", "group", "create"}, "unknown flag --name"},
                    Misuse{{"call", "M", "-v"}, "`call` has no option -v"},
                    Misuse{{"group", "list", "--limit"}, "--limit needs a value"},
                    Misuse{{"group", "list", "--all=no"}, "--all takes no value"},
                    Misuse{{"group", "list", "--limit", "1", "--limit=2"}, "--limit is given twice"},
                    Misuse{{"list", "--timeout", "soon"}, "--timeout: `soon` is no value for it"}));

TEST(HelpTextTest, ShowsAllOrOneCommand) {
  const std::string all = HelpText("");
  EXPECT_THAT(all, HasSubstr("blooioctl call METHOD [JSON|@FILE|-]"));
  EXPECT_THAT(all, HasSubstr("--token-file"));
  EXPECT_THAT(all, HasSubstr("  3  the gateway could not be reached"));
  const std::string one = HelpText("group list");
  EXPECT_THAT(one, HasSubstr("--cursor"));
  EXPECT_THAT(one, testing::Not(HasSubstr("--member")));
}

}  // namespace
}  // namespace blooio::client
