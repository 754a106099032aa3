// Servers that answer reflection and calls with what no gateway answers.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/blooioctl/commands.h"
#include "reflection/reflection.pb.h"
#include "service/base/text.h"
#include "tests/unit/client/no_plugins.h"

namespace blooio::client {
namespace {

using google::protobuf::FileDescriptorProto;
using reflection::ServerReflectionRequest;
using reflection::ServerReflectionResponse;
using testing::HasSubstr;
using testing::IsEmpty;

using Files = std::function<std::string(const std::string& file)>;

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// Answers reflection from `files`, and every other call with `reply`; none: no message.
class Answerer : public grpc::ServerGenericBidiReactor {
 public:
  Answerer(std::string method, const Files& files, const std::optional<std::string>& reply)
      : reflects_(method.ends_with("/ServerReflectionInfo")), files_(files), reply_(reply) {
    StartRead(&in_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    if (!reflects_ && !reply_) return Finish(grpc::Status::OK);
    out_ = Buffer(reflects_ ? Reflect() : *reply_);
    StartWrite(&out_);
  }

  void OnWriteDone(bool ok) override {
    if (ok && reflects_) return StartRead(&in_);
    Finish(grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  std::string Reflect() {
    std::vector<grpc::Slice> slices;
    in_.Dump(&slices);
    std::string bytes;
    for (const grpc::Slice& slice : slices)
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    in_.Clear();
    ServerReflectionRequest question;
    question.ParseFromString(bytes);
    ServerReflectionResponse answer;
    if (question.has_list_services()) {
      answer.mutable_list_services_response()->add_service()->set_name("a.S");
    } else {
      std::string name("0");
      if (!question.has_file_containing_symbol()) name = question.file_by_filename();
      const std::string file = files_(name);
      answer.mutable_file_descriptor_response()->add_file_descriptor_proto(file);
    }
    return answer.SerializeAsString();
  }

  const bool reflects_;
  const Files& files_;
  const std::optional<std::string>& reply_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
};

class HostileServer : public grpc::CallbackGenericService {
 public:
  explicit HostileServer(Files files, std::optional<std::string> reply = std::nullopt)
      : files_(std::move(files)), reply_(std::move(reply)) {
    grpc::ServerBuilder builder;
    builder.SetOption(std::make_unique<NoPlugins>());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~HostileServer() override { server_->Shutdown(); }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Answerer(context->method(), files_, reply_);
  }

  // Runs the command and returns what it printed to stderr.
  std::string Run(const std::vector<std::string_view>& line, ExitCode expected) const {
    std::ostringstream out, err;
    const ConnectionOptions options = {.server = gateway::Cat("127.0.0.1:", port_)};
    EXPECT_EQ(RunCommand(*ParseArguments(line), options, false, {-1, out, err}), expected);
    EXPECT_THAT(out.str(), IsEmpty());
    return err.str();
  }

 private:
  const Files files_;
  const std::optional<std::string> reply_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// The file "0" has service a.S with method M, which takes and gives a.T.
FileDescriptorProto File(const std::string& name) {
  FileDescriptorProto file;
  file.set_name(name);
  file.set_syntax("proto3");
  if (name != "0") return file;
  file.set_package("a");
  auto& message = *file.add_message_type();
  message.set_name("T");
  auto& field = *message.add_field();
  field.set_name("text");
  field.set_number(1);
  field.set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
  field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  auto& service = *file.add_service();
  service.set_name("S");
  auto& method = *service.add_method();
  method.set_name("M");
  method.set_input_type(".a.T");
  method.set_output_type(".a.T");
  return file;
}

std::string Good(const std::string& name) { return File(name).SerializeAsString(); }

TEST(HostileReflectionTest, AnEndlessChainOfImportsIsCut) {
  const HostileServer server([](const std::string& name) {
    FileDescriptorProto file = File(name);
    file.add_dependency(std::to_string(std::stoi(name) + 1));
    return file.SerializeAsString();
  });
  EXPECT_THAT(server.Run({"list"}, kExitUnreachable), HasSubstr("more than 1000 files"));
  EXPECT_THAT(server.Run({"call", "a.S/M"}, kExitUnreachable), HasSubstr("more than 1000 files"));
}

TEST(HostileReflectionTest, HugeFilesAreCut) {
  const HostileServer server([](const std::string& name) {
    FileDescriptorProto file = File(name);
    file.mutable_options()->set_java_package(std::string(3 << 20, 'a'));
    file.add_dependency(std::to_string(std::stoi(name) + 1));
    return file.SerializeAsString();
  });
  EXPECT_THAT(server.Run({"list"}, kExitUnreachable), HasSubstr("16777216 bytes"));
}

TEST(HostileReflectionTest, ImportsInACircleAreNamed) {
  const HostileServer server([](const std::string& name) {
    FileDescriptorProto file = File(name);
    file.add_dependency(std::string(name == "0" ? "1" : "0"));
    return file.SerializeAsString();
  });
  for (const std::string_view command : {"list", "describe"}) {
    std::vector<std::string_view> line = {command};
    if (command == "describe") line.push_back("T");
    EXPECT_THAT(server.Run(line, kExitUnreachable), HasSubstr("makes no sense")) << command;
  }
}

TEST(HostileReflectionTest, GarbageIsNamed) {
  const HostileServer garbage([](const std::string&) { return "\xff garbage"; });
  EXPECT_THAT(garbage.Run({"list"}, kExitUnreachable), HasSubstr("no descriptor"));
  const HostileServer other([](const std::string&) { return Good("1"); });
  EXPECT_THAT(other.Run({"list"}, kExitUnreachable), HasSubstr("describes no method"));
}

TEST(HostileReplyTest, AReplyThatIsNoneIsAFailedCall) {
  const HostileServer garbage(Good, "\xff");
  EXPECT_EQ(garbage.Run({"call", "M"}, kExitCallFailed),
            "blooioctl: the call ended OK, but its reply is no a.T\n");
  const HostileServer not_utf8(Good, "\x0a\x01\xff");
  EXPECT_EQ(not_utf8.Run({"call", "M"}, kExitCallFailed),
            "blooioctl: the call ended OK, but its reply is no a.T\n");
  const HostileServer none(Good);
  EXPECT_EQ(none.Run({"call", "M"}, kExitCallFailed),
            "blooioctl: the call ended OK, but its reply is no a.T\n");
}

}  // namespace
}  // namespace blooio::client
