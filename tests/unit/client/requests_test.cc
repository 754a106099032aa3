#include "client/blooioctl/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace blooio::client {
namespace {

using testing::HasSubstr;

using Line = std::vector<std::string_view>;

absl::StatusOr<Request> Build(const Line& line, int input = -1) {
  absl::StatusOr<Invocation> invocation = ParseArguments(line);
  if (!invocation.ok()) return invocation.status();
  return BuildRequest(*invocation, input);
}

struct Translation {
  Line line;
  std::string_view method;
  std::string_view json;
};

class TranslationTest : public testing::TestWithParam<Translation> {};

TEST_P(TranslationTest, GivesTheCall) {
  const auto request = Build(GetParam().line);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->method, GetParam().method);
  EXPECT_EQ(request->json, GetParam().json);
}

constexpr std::string_view kV2Create = "blooio.v2.GroupsService/CreateGroup";
constexpr std::string_view kV4Create = "blooio.v4.GroupsService/CreateGroup";
constexpr std::string_view kList = "blooio.v4.GroupsService/ListGroups";
constexpr std::string_view kGet = "blooio.v4.GroupsService/GetGroup";
constexpr std::string_view kSend = "blooio.v2.MessagesService/SendMessage";
constexpr std::string_view kSendToChat = "blooio.v4.MessagesService/SendChatMessage";

INSTANTIATE_TEST_SUITE_P(
    Commands, TranslationTest,
    testing::Values(
        Translation{
            {"group", "create", "--channel", "ch_1", "--member", "+1", "--member", "a@b.c", "--name", "T",
             "--key", "k"},
            kV4Create,
            R"({"channel_id":"ch_1","name":"T","members":[{"identifier":"+1"},{"identifier":"a@b.c"}],)"
            R"("idempotency_key":"k"})"},
        Translation{{"group", "create", "--api=v2", "--name", "T", "--member", "+1", "--chat-guid", "g"},
                    kV2Create,
                    R"({"name":"T","chat_guid":"g","members":["+1"]})"},
        Translation{{"group", "list"}, kList, "{}"},
        Translation{{"group", "list", "--limit", "5", "--cursor", "c", "--all"},
                    kList,
                    R"({"limit":5,"cursor":"c"})"},
        Translation{{"group", "get", "grp_1"}, kGet, R"({"group_id":"grp_1"})"},
        Translation{{"message", "send", "--to", "+1", "--text", "hi"},
                    kSend,
                    R"({"chat_id":{"phone_number":"+1"},"text":"hi"})"},
        Translation{
            {"message", "send", "--to", "a@b.c", "--text", "1", "--text", "2", "--from", "+9", "--key", "k"},
            kSend,
            R"({"chat_id":{"email":"a@b.c"},"idempotency_key":"k","from_number":"+9","texts":["1","2"]})"},
        Translation{
            {"message", "send", "--to=+1, a@b.c", "--attachment", "https://x/1", "--attachment=https://x/2"},
            kSend,
            R"({"chat_id":{"recipients":{"identifiers":["+1","a@b.c"]}},)"
            R"("attachments":[{"url":"https://x/1"},{"url":"https://x/2"}]})"},
        Translation{
            {"message", "send", "--to", "grp_1", "--text", "hi", "--effect", "slam", "--reply-to", "msg_1"},
            kSend,
            R"({"chat_id":{"group_id":"grp_1"},"text":"hi","effect":"slam","reply_to":{"message_id":"msg_1"}})"},
        Translation{{"message", "send", "--to", "grp_1", "--text", "hi", "--reply-to", "GUID"},
                    kSend,
                    R"({"chat_id":{"group_id":"grp_1"},"text":"hi","reply_to":{"guid":"GUID"}})"},
        Translation{{"message", "send", "--to", "chat_1", "--text", "a \"b\"\n", "--reply-to", "msg_1",
                     "--effect", "slam", "--key", "k", "--dry-run"},
                    kSendToChat,
                    R"({"chat_id":"chat_1","idempotency_key":"k","content":{"text":{"text":"a \"b\"\n",)"
                    R"("reply_to":"msg_1","effect":"slam"}},"dry_run":true})"},
        Translation{{"call", "ListGroups"}, "ListGroups", "{}"},
        Translation{{"call", "ListGroups", R"({"limit":1})"}, "ListGroups", R"({"limit":1})"}));

struct Refusal {
  Line line;
  std::string_view error;
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, IsExplained) {
  const auto request = Build(GetParam().line);
  ASSERT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(request.status().message()), HasSubstr(std::string(GetParam().error)));
}

INSTANTIATE_TEST_SUITE_P(
    Commands, RefusalTest,
    testing::Values(
        Refusal{{"group", "create", "--api", "v3"}, "--api is v2 or v4"},
        Refusal{{"group", "create", "--name", "T"}, "needs --channel"},
        Refusal{{"group", "create", "--channel", "ch_1"}, "needs --member"},
        Refusal{{"group", "create", "--api", "v2"}, "needs --name"},
        Refusal{{"group", "create", "--api", "v2", "--channel", "c"}, "--channel belongs to --api v4"},
        Refusal{{"group", "create", "--chat-guid", "g"}, "--chat-guid belongs to --api v2"},
        Refusal{{"group", "create", "--api", "v2", "--name", "\xff"}, "not UTF-8"},
        Refusal{{"group", "list", "--limit", "many"}, "--limit is a number"},
        Refusal{{"message", "send", "--text", "hi"}, "needs --to"},
        Refusal{{"message", "send", "--to", "+1"}, "needs --text or --attachment"},
        Refusal{{"message", "send", "--to", "bob", "--text", "hi"}, "--to is +phone"},
        Refusal{{"message", "send", "--to", "+1", "--text", "hi", "--dry-run"}, "nothing was sent"},
        Refusal{{"message", "send", "--to", "chat_1"}, "exactly one --text"},
        Refusal{{"message", "send", "--to", "chat_1", "--text", "1", "--text", "2"}, "exactly one --text"},
        Refusal{{"message", "send", "--to", "chat_1", "--text", "1", "--from", "+1"},
                "--from does not go with"},
        Refusal{{"call", "M", "@/nonexistent/file"},
                "cannot read /nonexistent/file (No such file or directory)"},
        Refusal{{"call", "M", "-"}, "cannot read standard input (Bad file descriptor)"},
        Refusal{{"call", "M", "@/tmp"}, "/tmp: it is neither a regular file nor a pipe"},
        Refusal{{"call", "M", "@/dev/zero"}, "/dev/zero: it is neither a regular file nor a pipe"}));

TEST(BuildRequestTest, ReadsJsonFromInputAndFile) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ASSERT_EQ(write(pipe_ends[1], "{\"a\":1}\n", 8), 8);
  close(pipe_ends[1]);
  EXPECT_EQ(Build({"call", "M", "-"}, pipe_ends[0])->json, "{\"a\":1}\n");
  close(pipe_ends[0]);
  const std::string path = testing::TempDir() + "/blooioctl_request.json";
  std::ofstream(path) << "{\"b\":2}";
  const std::string argument = "@" + path;
  EXPECT_EQ(Build({"call", "M", argument})->json, "{\"b\":2}");
  std::remove(path.c_str());
}

TEST(NextPageTest, FollowsTheCursorAndKeepsTheRest) {
  const auto next = NextPage({"M", R"({"limit":5,"cursor":"a"})"}, R"({"has_more":true,"next_cursor":"b"})");
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_EQ((*next)->method, "M");
  EXPECT_EQ((*next)->json, R"({"limit":5,"cursor":"b"})");
}

TEST(NextPageTest, EndsOnTheLastPage) {
  for (const std::string_view reply : {"{}", R"({"has_more":false,"next_cursor":"b"})", "no JSON", "[]"}) {
    const auto next = NextPage({"M", "{}"}, reply);
    ASSERT_TRUE(next.ok()) << reply;
    EXPECT_FALSE(next->has_value()) << reply;
  }
}

TEST(NextPageTest, DoesNotEndQuietlyWithoutAWayOn) {
  for (const std::string_view reply : {R"({"has_more":true})", R"({"has_more":true,"next_cursor":""})",
                                       R"({"has_more":true,"next_cursor":"a"})"}) {
    EXPECT_EQ(NextPage({"M", R"({"cursor":"a"})"}, reply).status().code(), absl::StatusCode::kInternal)
        << reply;
  }
}

}  // namespace
}  // namespace blooio::client
