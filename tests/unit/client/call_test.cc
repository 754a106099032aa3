// Whole commands against a server in this process, through reflection.
#include <gmock/gmock.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "blooio/v4/groups_service.grpc.pb.h"
#include "client/blooioctl/commands.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/unit/client/no_plugins.h"

namespace blooio::client {
namespace {

using grpc::ServerContext;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FakeGroups : public blooio::v4::GroupsService::Service {
 public:
  // Echoes the request, and the metadata it came with, as the group.
  grpc::Status CreateGroup(ServerContext* context, const v4::CreateGroupRequest* request,
                           v4::CreateGroupResponse* reply) override {
    auto& group = *reply->mutable_data();
    group.set_channel_id(request->channel_id());
    group.set_name(request->name());
    group.set_created_at(1700000000000);
    group.set_channel_type(v4::CHANNEL_TYPE_WHATSAPP_BUSINESS);
    for (const auto& member : request->members()) {
      group.add_members()->set_identifier(member.identifier());
    }
    for (const auto& [key, value] : context->client_metadata()) {
      if (key == "authorization") group.set_icon_url(std::string(value.data(), value.size()));
      if (key == "blooio-account") group.set_chat_id(std::string(value.data(), value.size()));
    }
    context->AddTrailingMetadata("blooio-upstream-status", "201");
    context->AddTrailingMetadata("blooio-attempts", "2");
    return grpc::Status::OK;
  }

  // Three pages of one group each.
  grpc::Status ListGroups(ServerContext*, const v4::ListGroupsRequest* request,
                          v4::ListGroupsResponse* reply) override {
    const int page = request->cursor().empty() ? 1 : std::stoi(request->cursor());
    reply->add_data()->set_id("grp_" + std::to_string(page));
    reply->set_has_more(page < 3);
    if (page < 3) reply->set_next_cursor(std::to_string(page + 1));
    return grpc::Status::OK;
  }

  grpc::Status GetGroup(ServerContext* context, const v4::GetGroupRequest*, v4::GetGroupResponse*) override {
    google::rpc::ErrorInfo info;
    info.set_reason("UPSTREAM_NOT_FOUND");
    info.set_domain("blooio-gateway");
    google::rpc::Status status;
    status.add_details()->PackFrom(info);
    context->AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
    context->AddTrailingMetadata("blooio-attempts", "1");
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such \x1b[1mgroup", status.SerializeAsString());
  }
};

struct Result {
  ExitCode code;
  std::string out;
  std::string err;
};

Result RunLine(const ConnectionOptions& options, std::vector<std::string_view> line, bool verbose = false) {
  const auto invocation = ParseArguments(line);
  EXPECT_TRUE(invocation.ok()) << invocation.status();
  std::ostringstream out, err;
  const ExitCode code = RunCommand(*invocation, options, verbose, {-1, out, err});
  return {code, out.str(), err.str()};
}

struct RunningServer {
  explicit RunningServer(bool reflection, const std::string& socket = "") {
    grpc::ServerBuilder builder;
    if (!reflection) builder.SetOption(std::make_unique<NoPlugins>());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    if (!socket.empty()) builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(&groups);
    server = builder.BuildAndStart();
  }
  ~RunningServer() { server->Shutdown(); }

  ConnectionOptions Options() const { return {.server = "127.0.0.1:" + std::to_string(port)}; }

  FakeGroups groups;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

class CallTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    server_ = std::make_unique<RunningServer>(true);
  }
  static void TearDownTestSuite() { server_.reset(); }

  static Result Run(const std::vector<std::string_view>& line, bool verbose = false) {
    return RunLine(server_->Options(), line, verbose);
  }

  static inline std::unique_ptr<RunningServer> server_;
};

TEST_F(CallTest, PrintsTheReplyAsJson) {
  const Result result = Run({"group", "create", "--channel", "ch_1", "--member", "+1", "--name", "T\u202e"});
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_EQ(result.out, R"({
 "data": {
  "channel_id": "ch_1",
  "channel_type": "CHANNEL_TYPE_WHATSAPP_BUSINESS",
  "name": "T\u202e",
  "created_at": "1700000000000",
  "members": [
   {
    "identifier": "+1"
   }
  ]
 }
}
)");
}

TEST_F(CallTest, VerboseShowsTrailersOnSuccess) {
  const Result result = Run({"call", "CreateGroup"}, true);
  EXPECT_EQ(result.code, kExitOk);
  EXPECT_EQ(result.err, "blooio-upstream-status: 201\nblooio-attempts: 2\n");
}

TEST_F(CallTest, SendsAccountAndTokenButShowsNoToken) {
  const std::string path = testing::TempDir() + "/blooioctl_token";
  std::ofstream(path) << "s3cret\n";
  ConnectionOptions options = server_->Options();
  options.account = "main";
  options.token_file = path;
  const Result call = RunLine(options, {"call", "CreateGroup"}, true);
  EXPECT_THAT(call.out, AllOf(HasSubstr("\"Bearer s3cret\""), HasSubstr("\"chat_id\": \"main\"")));
  EXPECT_THAT(call.err, Not(HasSubstr("s3cret")));

  options.server = "gateway.example:443";
  const Result refused = RunLine(options, {"call", "CreateGroup"});
  EXPECT_EQ(refused.code, kExitUsage);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("clear text"), Not(HasSubstr("s3cret"))));

  std::ofstream(path) << "two\nlines";
  EXPECT_EQ(RunLine(options, {"list"}).code, kExitUsage);
  std::remove(path.c_str());
}

TEST_F(CallTest, FollowsCursors) {
  EXPECT_THAT(Run({"group", "list"}).out, AllOf(HasSubstr("grp_1"), Not(HasSubstr("grp_2"))));
  const Result all = Run({"group", "list", "--all"});
  EXPECT_EQ(all.code, kExitOk);
  EXPECT_THAT(all.out, AllOf(HasSubstr("grp_1"), HasSubstr("grp_2"), HasSubstr("grp_3")));
}

TEST_F(CallTest, FailureIsDecodedAndEscaped) {
  const Result result = Run({"group", "get", "grp_9"});
  EXPECT_EQ(result.code, kExitCallFailed);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_EQ(result.err,
            "NOT_FOUND: no such \\u001b[1mgroup\n"
            "  reason: UPSTREAM_NOT_FOUND (blooio-gateway)\n"
            "  grpc-retry-pushback-ms: -1 (do not repeat)\n"
            "  blooio-attempts: 1\n");
}

TEST_F(CallTest, MethodNamesMayBeShortened) {
  for (const std::string_view name :
       {"blooio.v4.GroupsService/ListGroups", "/blooio.v4.GroupsService/ListGroups",
        "blooio.v4.GroupsService.ListGroups", "v4.GroupsService/ListGroups", "ListGroups"}) {
    EXPECT_EQ(Run({"call", name, R"({"limit":1})"}).code, kExitOk) << name;
  }
}

TEST_F(CallTest, RequestsThatMakeNoSenseAreNotSent) {
  const Result method = Run({"call", "v9.GroupsService/ListGroups"});
  EXPECT_EQ(method.code, kExitUsage);
  EXPECT_THAT(method.err, HasSubstr("knows no `v9.GroupsService.ListGroups`"));
  const Result field = Run({"call", "ListGroups", R"({"limits":1})"});
  EXPECT_EQ(field.code, kExitUsage);
  EXPECT_THAT(field.err, AllOf(HasSubstr("limits"), HasSubstr("describe blooio.v4.ListGroupsRequest")));
  EXPECT_EQ(Run({"call", "ListGroups", "{"}).code, kExitUsage);
  const Result stream = Run({"call", "ServerReflectionInfo"});
  EXPECT_EQ(stream.code, kExitUsage);
  EXPECT_THAT(stream.err, HasSubstr("only unary"));
}

TEST_F(CallTest, ListsAndDescribes) {
  EXPECT_THAT(Run({"list"}).out, HasSubstr("blooio.v4.GroupsService/ListGroups\n"));
  EXPECT_THAT(Run({"describe", "ListGroups"}).out, HasSubstr("returns (.blooio.v4.ListGroupsResponse)"));
  EXPECT_THAT(Run({"describe", "blooio.v4.ListGroupsRequest"}).out, HasSubstr("optional int32 limit = 1"));
  EXPECT_THAT(Run({"describe", "v4.ChannelType"}).out, HasSubstr("CHANNEL_TYPE_AMB = 6;"));
  EXPECT_EQ(Run({"describe", "Nothing"}).code, kExitUsage);
}

TEST_F(CallTest, ServerWithoutReflectionIsNamed) {
  const RunningServer bare(false);
  const Result result = RunLine(bare.Options(), {"call", "ListGroups"});
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_THAT(result.err, HasSubstr("server.reflection: true"));
}

TEST_F(CallTest, UnixSocketsWork) {
  const std::string path = testing::TempDir() + "/blooioctl_socket";
  const RunningServer local(true, path);
  EXPECT_EQ(RunLine({.server = "unix:" + path}, {"group", "list"}).code, kExitOk);
}

TEST_F(CallTest, UnreachableGatewayIsNamed) {
  const Result result = RunLine({.server = "127.0.0.1:1"}, {"list"});
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_THAT(result.err, AllOf(HasSubstr("cannot reach a gateway at 127.0.0.1:1"), HasSubstr("--tls-ca")));
}

TEST_F(CallTest, ContradictoryOptionsAreMisuse) {
  const ConnectionOptions kCases[] = {
      {.server = "nowhere"},
      {.server = "a:1", .account = "a\nb"},
      {.server = "a:1", .token_file = "/nonexistent"},
      {.server = "a:1", .token_file = "/tmp"},
      {.server = "a:1", .tls_ca = "/tmp"},
      {.server = "a:1", .timeout = absl::ZeroDuration()},
      {.server = "a:1", .tls_ca = "/nonexistent"},
      {.server = "a:1", .tls_ca = "ca", .tls_cert = "cert"},
      {.server = "a:1", .tls_cert = "cert", .tls_key = "key"},
  };
  for (const ConnectionOptions& options : kCases) EXPECT_EQ(RunLine(options, {"list"}).code, kExitUsage);
}

TEST(IsLoopbackTest, TrustsOnlyWhatCannotLeave) {
  for (const char* server :
       {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/run/x", "unix:x"}) {
    EXPECT_TRUE(IsLoopback(server)) << server;
  }
  for (const char* server :
       {"127.evil.example:1", "127.0.0.1.evil.example:1", "10.0.0.1:1", "localhost.evil:1",
        "dns:///127.0.0.1:1", "[::2]:1", "0.0.0.0:1", "passthrough:///x:1", "::1:1"}) {
    EXPECT_FALSE(IsLoopback(server)) << server;
  }
}

}  // namespace
}  // namespace blooio::client
