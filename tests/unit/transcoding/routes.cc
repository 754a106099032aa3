#include "tests/unit/transcoding/routes.h"

#include <cstdlib>
#include <iostream>
#include <map>

#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "broken.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "testing.pb.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Named, so that the linker keeps them.
std::vector<const FileDescriptor*> SoundFiles() {
  return {v2::CreateGroupRequest::descriptor()->file(), v2::SendMessageRequest::descriptor()->file(),
          v4::CreateGroupRequest::descriptor()->file(), v4::SendChatMessageRequest::descriptor()->file(),
          testing::v1::Thing::descriptor()->file()};
}

[[noreturn]] void Die(std::string_view what) {
  std::cerr << what << std::endl;
  std::abort();
}

const std::map<std::string, const Route*, std::less<>>& RoutesByMethod() {
  static RouteTable table;
  static const auto* const routes = [] {
    auto* made = new std::map<std::string, const Route*, std::less<>>;
    for (const FileDescriptor* file : SoundFiles()) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          absl::StatusOr<const Route*> route = table.Compile(file->service(s)->method(m));
          if (!route.ok()) Die(route.status().ToString());
          made->emplace((*route)->method, *route);
        }
      }
    }
    return made;
  }();
  return *routes;
}

}  // namespace

const Route& RouteOf(std::string_view method) {
  auto found = RoutesByMethod().find(method);
  if (found == RoutesByMethod().end()) Die("no such method");
  return *found->second;
}

absl::StatusOr<const Route*> CompileAlone(std::string_view method, RouteTable& routes) {
  std::string name(method);
  if (const size_t slash = name.find('/'); slash != std::string::npos) name[slash] = '.';
  const auto* pool = testing::v1::Fine::descriptor()->file()->pool();
  const MethodDescriptor* found = pool->FindMethodByName(name);
  if (found == nullptr) Die("no such method");
  return routes.Compile(found);
}

const std::vector<const Route*>& AllRoutes() {
  static const auto* const routes = [] {
    auto* made = new std::vector<const Route*>;
    for (const auto& [method, route] : RoutesByMethod()) made->push_back(route);
    return made;
  }();
  return *routes;
}

std::unique_ptr<Message> Make(const MessagePlan& plan, std::string_view text) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(plan.descriptor);
  std::unique_ptr<Message> message(prototype->New());
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), message.get())) Die(text);
  return message;
}

std::string Difference(std::string_view expected, const Message& actual) {
  std::unique_ptr<Message> wanted(actual.New());
  if (!google::protobuf::TextFormat::ParseFromString(std::string(expected), wanted.get())) Die(expected);
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(*wanted, actual) ? "" : report;
}

ReadAnswer Read(const Route& route, std::string_view body) {
  ReadAnswer answer{{}, Make(*route.reply)};
  answer.reading = ReadReply(route, body, answer.reply.get());
  return answer;
}

}  // namespace blooio::gateway
