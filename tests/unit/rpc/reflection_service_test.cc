#include "service/rpc/reflection_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/rpc/running_server.h"

namespace blooio::gateway {
namespace {

using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;
using testing::Contains;
using testing::UnorderedElementsAre;

constexpr char kGroups[] = "blooio.v4.GroupsService";

class ReflectionServer : public RunningServer<ReflectionService> {
 public:
  ReflectionServer() : RunningServer(std::vector<std::string>{kGroups}) {
    (void)v4::GetGroupRequest::descriptor();  // Links the service.
  }
  std::unique_ptr<ServerReflection::Stub> Stub() { return ServerReflection::NewStub(Connect()); }
};

// A caller's stream.
class Stream {
 public:
  explicit Stream(ServerReflection::Stub& stub) : stream_(stub.ServerReflectionInfo(&context_)) {}
  ~Stream() {
    context_.TryCancel();
    if (stream_ != nullptr) stream_->Finish();
  }

  ServerReflectionResponse Ask(const ServerReflectionRequest& question) {
    ServerReflectionResponse answer;
    EXPECT_TRUE(stream_->Write(question));
    EXPECT_TRUE(stream_->Read(&answer));
    EXPECT_EQ(answer.original_request().SerializeAsString(), question.SerializeAsString());
    return answer;
  }
  ServerReflectionResponse Ask(const std::string& text) {
    ServerReflectionRequest question;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &question)) << text;
    return Ask(question);
  }
  // The end of the stream that answers `question`.
  grpc::Status Refused(const ServerReflectionRequest& question) {
    EXPECT_TRUE(stream_->Write(question));
    if (!ended()) context_.TryCancel();
    return std::exchange(stream_, nullptr)->Finish();
  }
  grpc::Status End() {
    stream_->WritesDone();
    return std::exchange(stream_, nullptr)->Finish();
  }
  bool ended() {
    ServerReflectionResponse answer;
    return !stream_->Read(&answer);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<ServerReflectionRequest, ServerReflectionResponse>> stream_;
};

// The files of an answer; the first is the one that was asked for.
std::vector<std::string> Files(const ServerReflectionResponse& answer) {
  std::vector<std::string> names;
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(bytes));
    names.push_back(file.name());
  }
  return names;
}

TEST(ReflectionServiceTest, NamesWhatIsServed) {
  ReflectionServer server;
  const auto stub = server.Stub();
  std::vector<std::string> names;
  const ServerReflectionResponse answer = Stream(*stub).Ask("list_services: '*'");
  for (const auto& service : answer.list_services_response().service()) names.push_back(service.name());
  EXPECT_THAT(names, UnorderedElementsAre(kGroups, "grpc.health.v1.Health",
                                          "grpc.reflection.v1alpha.ServerReflection"));
}

TEST(ReflectionServiceTest, TellsTheFileOfWhatIsAsked) {
  constexpr char kFile[] = "blooio/v4/groups_service.proto";
  const struct {
    const char* question;
    const char* file;
  } kRows[] = {
      {"file_by_filename: 'blooio/v4/groups_service.proto'", kFile},
      {"file_containing_symbol: 'blooio.v4.GroupsService'", kFile},
      {"file_containing_symbol: 'blooio.v4.GroupsService.GetGroup'", kFile},
      {"file_containing_symbol: 'blooio.v4.GetGroupRequest'", kFile},
      {"file_containing_symbol: 'blooio.v4.GetGroupRequest.group_id'", kFile},
      {"file_containing_symbol: 'grpc.health.v1.HealthCheckResponse.SERVING'", "grpc/health/v1/health.proto"},
      {"file_containing_symbol: 'google.rpc.ErrorInfo'", "google/rpc/error_details.proto"},
      {"file_containing_symbol: 'google.rpc.Status'", "google/rpc/status.proto"},
      {"file_containing_symbol: 'grpc.reflection.v1alpha.ServerReflection'",
       "grpc/reflection/v1alpha/reflection.proto"},
      {"file_containing_extension { containing_type: 'google.protobuf.MethodOptions' "
       "extension_number: 72295728 }",
       "google/api/annotations.proto"},
  };
  ReflectionServer server;
  const auto stub = server.Stub();
  Stream stream(*stub);
  for (const auto& row : kRows) {
    const std::vector<std::string> files = Files(stream.Ask(row.question));
    ASSERT_FALSE(files.empty()) << row.question;
    EXPECT_EQ(files.front(), row.file) << row.question;
  }
  // With all that a client needs to build it, once each.
  const std::vector<std::string> files = Files(stream.Ask(kRows[0].question));
  EXPECT_THAT(files, Contains("google/api/annotations.proto").Times(1));
  EXPECT_THAT(files, Contains("google/protobuf/descriptor.proto").Times(1));
  const ServerReflectionResponse answer =
      stream.Ask("all_extension_numbers_of_type: 'google.protobuf.MethodOptions'");
  EXPECT_THAT(answer.all_extension_numbers_response().extension_number(), Contains(72295728));
  EXPECT_TRUE(stream.End().ok());
}

TEST(ReflectionServiceTest, RefusesWhatIsNotServedAndGoesOn) {
  const struct {
    const char* question;
    int code;
  } kRows[] = {
      {"file_by_filename: 'nothing.proto'", 5},
      {"file_containing_symbol: 'blooio.v4.Nothing'", 5},
      {"file_containing_symbol: ''", 5},
      {"file_containing_symbol: '.blooio.v4.GroupsService'", 5},
      {"file_containing_extension { containing_type: 'blooio.v4.Nothing' extension_number: 1 }", 5},
      {"file_containing_extension { containing_type: 'google.protobuf.MethodOptions' }", 5},
      {"all_extension_numbers_of_type: 'blooio.v4.Nothing'", 5},
      {"host: 'x'", 3},
  };
  ReflectionServer server;
  const auto stub = server.Stub();
  Stream stream(*stub);
  for (const auto& row : kRows) {
    EXPECT_EQ(stream.Ask(row.question).error_response().error_code(), row.code) << row.question;
  }
  EXPECT_TRUE(stream.End().ok());
}

// The whole message counts, of which the name's tag and length take three bytes.
TEST(ReflectionServiceTest, EndsAtAQuestionThatIsTooLong) {
  constexpr size_t kLongest = 4096 - 3;
  ReflectionServer server;
  const auto stub = server.Stub();
  ServerReflectionRequest question;
  question.set_file_containing_symbol(std::string(kLongest, 'n'));
  EXPECT_EQ(Stream(*stub).Ask(question).error_response().error_code(), 5);
  question.mutable_file_containing_symbol()->push_back('n');
  Stream stream(*stub);
  const grpc::Status status = stream.Refused(question);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "the question is too long");
}

size_t Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(ReflectionServiceTest, ManyStreamsTakeNoThreadsAndEndWithTheServer) {
  ReflectionServer server;
  const auto stub = server.Stub();
  { Stream(*stub).Ask("list_services: '*'"); }
  const size_t before = Threads();
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 200; ++i) {
    streams.push_back(std::make_unique<Stream>(*stub));
    streams.back()->Ask("list_services: '*'");
  }
  EXPECT_LT(Threads(), before + 20);
  server.End();
  EXPECT_TRUE(server.empty());
  for (const auto& stream : streams) EXPECT_TRUE(stream->ended());
}

}  // namespace
}  // namespace blooio::gateway
