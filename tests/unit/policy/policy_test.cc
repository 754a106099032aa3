#include "service/policy/policy.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

constexpr std::string_view kSend = "blooio.v2.MessagesService/SendMessage";
constexpr std::string_view kCreate = "blooio.v4.GroupsService/CreateGroup";
constexpr std::string_view kList = "blooio.v4.GroupsService/ListGroups";
constexpr std::string_view kChat = "blooio.v4.MessagesService/SendChatMessage";

Intent Send(std::string_view sender, size_t recipients = 1) {
  return {.method = kSend, .takes_sender = true, .sender = sender, .recipients = recipients};
}
Intent Create(std::string_view channel, size_t recipients = 1) {
  return {.method = kCreate, .takes_channel = true, .channel = channel, .recipients = recipients};
}
const Intent kListing = {.method = kList, .read_only = true};
const Intent kIntoChat = {.method = kChat, .takes_chat = true, .recipients = 1};

struct Row {
  std::string name;
  Grants grants;
  Intent intent;
  PolicyRule broken;
};

Grants Methods(std::vector<std::string> methods) { return {.methods = std::move(methods)}; }

const std::vector<Row> kRows = {
    {"nothing granted", Methods({}), Send("+1"), PolicyRule::kMethod},
    {"exactly this method", Methods({std::string(kSend)}), Send("+1"), PolicyRule::kNone},
    {"another method", Methods({std::string(kList)}), Send("+1"), PolicyRule::kMethod},
    {"its service", Methods({"blooio.v2.MessagesService/*"}), Send("+1"), PolicyRule::kNone},
    {"another service", Methods({"blooio.v4.MessagesService/*"}), Send("+1"), PolicyRule::kMethod},
    {"a service whose name begins the same", Methods({"blooio.v2.Messages/*"}), Send("+1"),
     PolicyRule::kMethod},
    {"reads, of a read", Methods({"reads"}), kListing, PolicyRule::kNone},
    {"reads, of a change", Methods({"reads"}), Send("+1"), PolicyRule::kMethod},
    {"everything", Methods({"*"}), kIntoChat, PolicyRule::kNone},
    {"a granted number", {.methods = {"*"}, .senders = {"+1", "+2"}}, Send("+2"), PolicyRule::kNone},
    {"another number", {.methods = {"*"}, .senders = {"+1"}}, Send("+3"), PolicyRule::kSender},
    {"a number that begins the same",
     {.methods = {"*"}, .senders = {"+1"}},
     Send("+12"),
     PolicyRule::kSender},
    {"no number", {.methods = {"*"}, .senders = {"+1"}}, Send(""), PolicyRule::kSender},
    {"a number, of a caller tied to channels",
     {.methods = {"*"}, .channels = {"ch"}},
     Send("+1"),
     PolicyRule::kSender},
    {"a granted channel", {.methods = {"*"}, .channels = {"ch"}}, Create("ch"), PolicyRule::kNone},
    {"another channel", {.methods = {"*"}, .channels = {"ch"}}, Create("ch2"), PolicyRule::kChannel},
    {"a channel, of a caller tied to numbers",
     {.methods = {"*"}, .senders = {"+1"}},
     Create("ch"),
     PolicyRule::kChannel},
    {"a chat, whose channel nobody knows",
     {.methods = {"*"}, .channels = {"ch"}},
     kIntoChat,
     PolicyRule::kChannel},
    {"a chat, of a caller tied to numbers",
     {.methods = {"*"}, .senders = {"+1"}},
     kIntoChat,
     PolicyRule::kChannel},
    {"a read, of a tied caller", {.methods = {"*"}, .channels = {"ch"}}, kListing, PolicyRule::kNone},
    {"as many recipients as granted",
     {.methods = {"*"}, .max_recipients = 3},
     Send("", 3),
     PolicyRule::kNone},
    {"one more", {.methods = {"*"}, .max_recipients = 3}, Send("", 4), PolicyRule::kRecipients},
    {"one more, of a group",
     {.methods = {"*"}, .max_recipients = 3},
     Create("ch", 4),
     PolicyRule::kRecipients},
    {"the method comes first", {.senders = {"+1"}, .max_recipients = 1}, Send("", 2), PolicyRule::kMethod},
};

TEST(Policy, DecidesByTheCallersGrants) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const PolicyVerdict verdict = Policy({row.grants}).Decide(0, row.intent);
    EXPECT_EQ(verdict.broken, row.broken) << kPolicyRuleNames[static_cast<size_t>(verdict.broken)];
    EXPECT_EQ(verdict.refused, row.broken != PolicyRule::kNone);
  }
}

TEST(Policy, InShadowSaysTheSameAndRefusesNothing) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Grants grants = row.grants;
    grants.shadow = true;
    const PolicyVerdict verdict = Policy({grants}).Decide(0, row.intent);
    EXPECT_EQ(verdict.broken, row.broken);
    EXPECT_FALSE(verdict.refused);
  }
}

TEST(Policy, CallersDoNotShareGrants) {
  const Policy policy({Methods({"reads"}), Methods({std::string(kSend)})});
  EXPECT_FALSE(policy.Decide(0, kListing).refused);
  EXPECT_TRUE(policy.Decide(0, Send("+1")).refused);
  EXPECT_TRUE(policy.Decide(1, kListing).refused);
  EXPECT_FALSE(policy.Decide(1, Send("+1")).refused);
}

TEST(Policy, AccountsAreThoseGrantedTheFirstByDefault) {
  const Policy policy({{.accounts = {{"eu", 1}, {"us", 0}}}, {.accounts = {{"us", 0}}, .shadow = true}, {}});
  EXPECT_EQ(policy.ChooseAccount(0, ""), 1u);
  EXPECT_EQ(policy.ChooseAccount(0, "us"), 0u);
  EXPECT_EQ(policy.ChooseAccount(0, "eu"), 1u);
  EXPECT_EQ(policy.ChooseAccount(0, "asia"), std::nullopt);
  EXPECT_EQ(policy.ChooseAccount(0, "EU"), std::nullopt);
  EXPECT_EQ(policy.ChooseAccount(1, "eu"), std::nullopt) << "shadow mode does not open accounts";
  EXPECT_EQ(policy.ChooseAccount(2, ""), std::nullopt);
}

}  // namespace
}  // namespace blooio::gateway
