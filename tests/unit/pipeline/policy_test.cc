// What policy means for a call, and what another configuration means for calls
// under way.
#include <gmock/gmock.h>

#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {
namespace {

class PipelinePolicyTest : public PipelineTest {
 protected:
  void Grant(Grants grants) {
    grants.accounts = {{"main", 0}};
    pipeline_->Use(State(grants));
  }
  void ExpectRefused(const std::string& rule) {
    ASSERT_TRUE(outcome_.error.has_value());
    EXPECT_EQ(outcome_.error->status.code(), google::rpc::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(*outcome_.error), "CALLER_NOT_ALLOWED");
    EXPECT_EQ(FactsOf(*outcome_.error)["rule"], rule);
    EXPECT_EQ(outcome_.error->pushback_ms, kDoNotRepeat);
    EXPECT_EQ(outcome_.caller, "anonymous");
    EXPECT_EQ(outcome_.account, "main");
    EXPECT_TRUE(upstream_.sent.empty());
  }
  void ExpectSent() {
    EXPECT_EQ(upstream_.sent.size(), 1u);
    upstream_.Forget();
  }
};

TEST_F(PipelinePolicyTest, ASendNamesAGrantedNumberAndFewEnough) {
  Grant({.methods = {"blooio.v2.MessagesService/*"}, .senders = {"+15550001"}, .max_recipients = 2});
  v2::SendMessageResponse reply;
  v2::SendMessageRequest send = Send();
  Run(send, &reply);
  ExpectRefused("sender");
  send.set_from_number("+15550002");
  Run(send, &reply);
  ExpectRefused("sender");
  send.set_from_number("+15550001");
  Run(send, &reply);
  ExpectSent();
  for (const char* person : {"+15551", "+15552", "+15553"}) {
    send.mutable_chat_id()->mutable_recipients()->add_identifiers(person);
  }
  Run(send, &reply);
  ExpectRefused("recipients");
  send.mutable_chat_id()->mutable_recipients()->mutable_identifiers()->RemoveLast();
  Run(send, &reply);
  ExpectSent();
}

TEST_F(PipelinePolicyTest, AGroupNamesAGrantedChannel) {
  Grant({.methods = {"*"}, .channels = {"ch_1"}});
  v4::CreateGroupRequest create;
  create.set_channel_id("ch_2");
  create.add_members()->set_identifier("+15551234567");
  v4::CreateGroupResponse reply;
  Run(create, &reply);
  ExpectRefused("channel");
  create.set_channel_id("ch_1");
  Run(create, &reply);
  ExpectSent();
  v4::SendChatMessageRequest into_chat;
  into_chat.set_chat_id("chat_1");
  into_chat.mutable_content()->mutable_text()->set_text("hi");
  v4::SendChatMessageResponse sent;
  Run(into_chat, &sent);
  ExpectRefused("channel");
}

TEST_F(PipelinePolicyTest, ReadsAreReads) {
  Grant({.methods = {"reads"}});
  v4::ListGroupsResponse listed;
  Run(v4::ListGroupsRequest(), &listed);
  ExpectSent();
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  ExpectRefused("method");
}

TEST_F(PipelinePolicyTest, ComesBeforeValidation) {
  Grant({.methods = {"reads"}});
  v2::SendMessageResponse reply;
  Run(v2::SendMessageRequest(), &reply);
  ExpectRefused("method");
}

TEST_F(PipelinePolicyTest, ShadowModeSendsAndSaysSo) {
  Grant({.methods = {"reads"}, .shadow = true});
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  std::move(upstream_.sent[0]->done)(Answer(202, R"({"message_id":"msg_1"})"));
  EXPECT_FALSE(outcome_.error.has_value());
  EXPECT_EQ(outcome_.notes.rule, "method");
  EXPECT_TRUE(outcome_.notes.shadow);
}

TEST_F(PipelinePolicyTest, AnAccountIsOneOfTheCallers) {
  CallInput other;
  other.account = "other";
  v4::ListGroupsResponse reply;
  Run(v4::ListGroupsRequest(), &reply, other);
  EXPECT_EQ(ReasonOf(*outcome_.error), "CALLER_NOT_ALLOWED");
  const std::string refused = outcome_.error->status.message();
  other.account = "no such account";
  Run(v4::ListGroupsRequest(), &reply, other);
  EXPECT_EQ(outcome_.error->status.message(), refused) << "a refusal says nothing about what exists";
  pipeline_->Use(State({.accounts = {{"main", 0}, {"other", 1}}, .methods = {"*"}}));
  other.account = "other";
  Run(v4::ListGroupsRequest(), &reply, other);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  EXPECT_EQ(upstream_.sent[0]->endpoint->base_url, "http://v4.other");
}

TEST_F(PipelinePolicyTest, ACallKeepsTheConfigurationItBeganWith) {
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  ASSERT_EQ(upstream_.sent.size(), 1u);
  Grant({.methods = {"reads"}});
  std::move(upstream_.sent[0]->done)(Answer(202, R"({"message_id":"msg_1"})"));
  EXPECT_FALSE(outcome_.error.has_value());
  EXPECT_EQ(outcome_.account, "main");
  upstream_.Forget();
  Run(Send(), &reply);
  ExpectRefused("method");
}

TEST_F(PipelinePolicyTest, AStateEndsInTidyWhenNoCallUsesIt) {
  Grant({.methods = {"*"}});
  const std::weak_ptr<const PipelineState> first = pipeline_->State();
  v2::SendMessageResponse reply;
  Run(Send(), &reply);
  Grant({.methods = {"reads"}});
  const std::weak_ptr<const PipelineState> second = pipeline_->State();
  Grant({.methods = {"*"}});
  pipeline_->Tidy();
  EXPECT_FALSE(first.expired()) << "of the call under way";
  EXPECT_TRUE(second.expired());
  std::move(upstream_.sent[0]->done)(Answer(202, R"({"message_id":"msg_1"})"));
  outcome_ = {};
  upstream_.Forget();
  EXPECT_FALSE(first.expired()) << "not with the call";
  pipeline_->Tidy();
  EXPECT_TRUE(first.expired());
  EXPECT_NE(pipeline_->State(), nullptr);
}

}  // namespace
}  // namespace blooio::gateway
