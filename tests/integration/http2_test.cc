// The upstream as it really is: HTTP/2 over TLS.
#include <gmock/gmock.h>

#include <csignal>
#include <list>

#include "tests/integration/error_shapes.h"
#include "tests/integration/harness/http2_front.h"

namespace blooio::integration {
namespace {

using google::rpc::Code;

constexpr absl::Duration kPatience = absl::Seconds(30);

class Http2Test : public testing::Test {
 protected:
  static GatewayOptions Options(const SandboxServer& sandbox, const Http2Front& front,
                                const TlsFiles& files) {
    GatewayOptions options;
    options.upstream = front.address();
    options.scheme = "https";
    options.key = sandbox.key();
    options.upstream_settings = "ca_file: '" + files.authority + "'";
    return options;
  }
  // Starts `count` calls that are all under way at the sandbox, which answers
  // them after `delay_ms`.
  std::vector<std::unique_ptr<Caller::Pending>> StartMany(int count, int delay_ms) {
    sandbox_.Break({{"delay_before_ms", delay_ms}}, count);
    std::vector<std::unique_ptr<Caller::Pending>> calls;
    for (int i = 0; i < count; ++i) calls.push_back(caller_.Start(list_, &replies_.emplace_back()));
    return calls;
  }

  TempDir folder_;
  const TlsFiles files_ = MakeTlsFiles(folder_, "front");
  SandboxServer sandbox_;
  Http2Front front_{files_, sandbox_.address()};
  GatewayServer gateway_{Options(sandbox_, front_, files_)};
  Caller caller_{gateway_.address()};
  const v4::ListGroupsRequest list_;
  std::list<v4::ListGroupsResponse> replies_;
};

TEST_F(Http2Test, EveryEndpointWorks) {
  v4::CreateGroupResponse group;
  const auto create = Parse<v4::CreateGroupRequest>(
      R"(channel_id: "ch_blooio_1" members { identifier: "+15557770001" } name: "T\303\251am")");
  EXPECT_EQ(caller_.Call(create, &group).code, Code::OK);
  v4::GetGroupRequest get;
  get.set_group_id(group.data().id());
  v4::GetGroupResponse got;
  EXPECT_EQ(caller_.Call(get, &got).code, Code::OK);
  EXPECT_EQ(got.data().name(),
            "T\xC3\xA9"
            "am");
  v4::ListGroupsResponse page;
  EXPECT_EQ(caller_.Call(Parse<v4::ListGroupsRequest>("limit: 1"), &page).code, Code::OK);
  EXPECT_EQ(page.data_size(), 1);
  v4::SendChatMessageResponse chatted;
  EXPECT_EQ(caller_.Call(*Kinds()[4].request, &chatted).code, Code::OK);
  v2::SendMessageResponse sent;
  EXPECT_EQ(caller_.Call(*Kinds()[2].request, &sent).code, Code::OK);
  v2::CreateGroupResponse created;
  EXPECT_EQ(caller_.Call(*Kinds()[5].request, &created).code, Code::OK);

  const std::vector<Recorded> requests = sandbox_.Requests();
  ASSERT_EQ(requests.size(), 6u);
  EXPECT_EQ(requests[1].target, "/v4/groups/" + group.data().id());
  EXPECT_EQ(requests[2].target, "/v4/groups?limit=1");
  EXPECT_EQ(requests[4].target, "/v2/api/chats/%2B15557770001/messages");
  for (const Recorded& request : requests) {
    EXPECT_EQ(request.Header("Authorization"), sandbox_.KeyFingerprint());
    EXPECT_EQ(request.Header("User-Agent"), "blooio-gateway/" BLOOIO_VERSION);
    EXPECT_THAT(request.Header("Via"), testing::HasSubstr("2")) << "it did not come by HTTP/2";
  }
  EXPECT_EQ(front_.Connections(), 1);
  EXPECT_EQ(gateway_.Stop(), 0);
}

TEST_F(Http2Test, ErrorsAreTheSame) {
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    sandbox_.Break({{"status", 503}, {"body", R"({"error":{"code":"busy","message":"later"}})"}});
    google::protobuf::Empty reply;
    const Result result = caller_.Call(*kind.request, &reply);
    CheckSound(result);
    EXPECT_EQ(result.Reason(), kind.repeatable ? "UPSTREAM_UNAVAILABLE" : "OUTCOME_UNKNOWN") << result;
    EXPECT_EQ(result.Fact("upstream_code"), "busy");
  }
}

TEST_F(Http2Test, ManyCallsShareFewConnections) {
  v4::ListGroupsResponse reply;
  ASSERT_EQ(caller_.Call(list_, &reply).code, Code::OK);
  auto calls = StartMany(200, 500);
  for (auto& call : calls) EXPECT_EQ(call->Wait().code, Code::OK) << call->Wait();
  // Kept connections are what there was at the most: of a hundred streams each,
  // and a few that were begun while the first one was full.
  EXPECT_LE(front_.Connections(), 20);
  EXPECT_EQ(sandbox_.Requests().size(), 201u);
}

TEST_F(Http2Test, ManyFirstCallsShareFewConnections) {
  auto calls = StartMany(200, 300);
  for (auto& call : calls) EXPECT_EQ(call->Wait().code, Code::OK) << call->Wait();
  EXPECT_LE(front_.Connections(), 20);
}

TEST_F(Http2Test, CancelledCallsLeaveTheOthersAlone) {
  sandbox_.Break({{"hang", true}}, 1);
  auto hanging = caller_.Start(list_, &replies_.emplace_back());
  ASSERT_TRUE(sandbox_.AwaitRequests(1));
  auto calls = StartMany(20, 200);
  hanging->Cancel();
  EXPECT_EQ(hanging->Wait().code, Code::CANCELLED);
  for (auto& call : calls) EXPECT_EQ(call->Wait().code, Code::OK) << call->Wait();
}

TEST_F(Http2Test, ARestartOfTheUpstreamIsNoticed) {
  google::protobuf::Empty reply;
  EXPECT_EQ(caller_.Call(list_, &reply).code, Code::OK);
  front_.Restart();
  // The kept connection is dead: either this is noticed, or the call is lost.
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    const size_t before = sandbox_.Requests().size();
    const Result result = caller_.Call(*kind.request, &reply);
    const size_t sent = sandbox_.Requests().size() - before;
    if (!result.Trailer("blooio-upstream-status").empty()) {
      EXPECT_EQ(sent, 1u) << result;
    } else {
      CheckSound(result);
      EXPECT_TRUE(result.code == Code::UNAVAILABLE || result.code == Code::UNKNOWN) << result;
      EXPECT_LE(sent, 1u) << result;
    }
  }
  EXPECT_EQ(caller_.Call(list_, &reply).code, Code::OK);
}

// The connection dies under calls of every kind.
TEST_F(Http2Test, ADyingConnectionLeavesTruthfulResults) {
  const std::vector<Kind> kinds = Kinds();
  google::protobuf::Empty ignored;
  ASSERT_EQ(caller_.Call(list_, &ignored).code, Code::OK);
  sandbox_.Reset();
  sandbox_.Break({{"hang", true}}, 100);
  std::list<google::protobuf::Empty> replies;
  std::vector<std::unique_ptr<Caller::Pending>> calls;
  for (const Kind& kind : kinds) calls.push_back(caller_.Start(*kind.request, &replies.emplace_back()));
  ASSERT_TRUE(sandbox_.AwaitRequests(kinds.size()));
  front_.process().Signal(SIGKILL);
  for (size_t i = 0; i < kinds.size(); ++i) {
    SCOPED_TRACE(kinds[i].name);
    const Result& result = calls[i]->Wait();
    CheckSound(result);
    EXPECT_EQ(result.code, kinds[i].repeatable ? Code::UNAVAILABLE : Code::UNKNOWN) << result;
    if (!kinds[i].read) CheckKey(kinds[i], result);
  }
  // Nobody asked twice; and now there is nobody to ask.
  EXPECT_EQ(sandbox_.Requests().size(), kinds.size());
  const Result refused = caller_.Call(list_, &ignored);
  EXPECT_EQ(refused.Reason(), "UPSTREAM_UNREACHABLE") << refused;
}

// GOAWAY: what runs is answered, nothing new is taken.
TEST_F(Http2Test, AGracefulEndAnswersWhatRuns) {
  google::protobuf::Empty reply;
  ASSERT_EQ(caller_.Call(list_, &reply).code, Code::OK);
  const size_t before = sandbox_.Requests().size();
  auto calls = StartMany(10, 500);
  ASSERT_TRUE(sandbox_.AwaitRequests(before + 10));
  front_.process().Signal(SIGQUIT);
  for (auto& call : calls) EXPECT_EQ(call->Wait().code, Code::OK) << call->Wait();
  ASSERT_TRUE(front_.process().WaitForExit(kPatience).has_value());
  const Result refused = caller_.Call(*Kinds()[3].request, &reply);
  EXPECT_EQ(refused.Reason(), "UPSTREAM_UNREACHABLE") << refused;
  EXPECT_EQ(sandbox_.Requests().size(), before + 10);
}

}  // namespace
}  // namespace blooio::integration
