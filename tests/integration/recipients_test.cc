// One address is one person, on the wire too: what could be read as several is
// refused, so that `max_recipients` counts everybody whom a call reaches.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "google/protobuf/empty.pb.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// A place of a request that takes one address.
struct Place {
  std::string field;
  // What stands there, in front of what is smuggled.
  std::string good;
  std::shared_ptr<google::protobuf::Message> (*request)(const std::string& address);
};

std::shared_ptr<google::protobuf::Message> Send(v2::ChatId chat_id) {
  auto request = std::make_shared<v2::SendMessageRequest>();
  *request->mutable_chat_id() = std::move(chat_id);
  request->set_text("hi");
  return request;
}

std::shared_ptr<v4::CreateGroupRequest> GroupOnChannel() {
  auto request = std::make_shared<v4::CreateGroupRequest>();
  request->set_channel_id("ch_blooio_1");
  return request;
}

using MessagePtr = std::shared_ptr<google::protobuf::Message>;

const std::vector<Place> kPlaces = {
    {"chat_id.phone_number", "+15551230001",
     [](const std::string& address) {
       v2::ChatId chat_id;
       chat_id.set_phone_number(address);
       return Send(chat_id);
     }},
    {"chat_id.email", "ada@example.org",
     [](const std::string& address) {
       v2::ChatId chat_id;
       chat_id.set_email(address);
       return Send(chat_id);
     }},
    {"chat_id.group_id", "grp_demo1",
     [](const std::string& address) {
       v2::ChatId chat_id;
       chat_id.set_group_id(address);
       return Send(chat_id);
     }},
    {"chat_id.recipients.identifiers[0]", "+15551230001",
     [](const std::string& address) {
       v2::ChatId chat_id;
       chat_id.mutable_recipients()->add_identifiers(address);
       return Send(chat_id);
     }},
    {"members[0]", "ada@example.org",
     [](const std::string& address) -> MessagePtr {
       auto request = std::make_shared<v2::CreateGroupRequest>();
       request->set_name("friends");
       request->add_members(address);
       return request;
     }},
    {"members[0].identifier", "+15551230001",
     [](const std::string& address) -> MessagePtr {
       auto request = GroupOnChannel();
       request->add_members()->set_identifier(address);
       return request;
     }},
    {"members[0].object.identifier", "ada@example.org",
     [](const std::string& address) -> MessagePtr {
       auto request = GroupOnChannel();
       request->add_members()->mutable_object()->set_identifier(address);
       return request;
     }},
};

class RecipientsTest : public testing::Test {
 protected:
  GatewayOptions Options() const {
    GatewayOptions options;
    options.sections = "callers:\n  - { name: billing, token_sha256: [" + token_.digest +
                       "], accounts: [main], methods: ['*'], max_recipients: 1 }\n";
    return options;
  }
  Result Call(const google::protobuf::Message& request) {
    google::protobuf::Empty reply;
    return stack_.caller.Call(request, &reply, {.metadata = {token_.metadata()}});
  }
  static std::vector<std::string> Violated(const Result& result) {
    std::vector<std::string> fields;
    for (const auto& details : result.All<google::rpc::BadRequest>()) {
      for (const auto& violation : details.field_violations()) fields.push_back(violation.field());
    }
    return fields;
  }

  const CallerToken token_;
  Stack stack_{Options()};
};

TEST_F(RecipientsTest, NoSeparatorMakesOneAddressSeveral) {
  using namespace std::string_literals;
  for (const Place& place : kPlaces) {
    SCOPED_TRACE(place.field);
    EXPECT_EQ(Call(*place.request(place.good)).code, google::rpc::OK) << "one is served";
    EXPECT_THAT(stack_.sandbox.Requests(), SizeIs(1));
    stack_.sandbox.Reset();
    for (const std::string& separator :
         {","s, ", "s, " ,"s, ",,"s, " "s, "\t"s, "\n"s, "\r\n"s, "\v"s, "\f"s, "\0"s, "\x7f"s}) {
      for (const std::string& other : {"+15551230002"s, "bob@example.org"s, "grp_demo1"s, ""s}) {
        const std::string address = absl::StrCat(place.good, separator, other);
        SCOPED_TRACE(testing::PrintToString(address));
        const Result result = Call(*place.request(address));
        EXPECT_EQ(result.code, google::rpc::INVALID_ARGUMENT) << result;
        EXPECT_EQ(result.Reason(), "INVALID_REQUEST");
        EXPECT_THAT(Violated(result), testing::ElementsAre(place.field));
      }
    }
    EXPECT_THAT(stack_.sandbox.Requests(), IsEmpty());
  }
}

TEST_F(RecipientsTest, WhatIsOpenlySeveralIsCounted) {
  const std::vector<MessagePtr> requests = {
      std::make_shared<v2::SendMessageRequest>(
          Parse<v2::SendMessageRequest>("text: 'hi' chat_id { recipients { identifiers: '+15551230001' "
                                        "identifiers: 'ada@example.org' } }")),
      std::make_shared<v2::CreateGroupRequest>(Parse<v2::CreateGroupRequest>(
          "name: 'friends' members: '+15551230001' members: 'ada@example.org'")),
      std::make_shared<v4::CreateGroupRequest>(
          Parse<v4::CreateGroupRequest>("channel_id: 'ch_blooio_1' members { identifier: '+15551230001' } "
                                        "members { object { identifier: 'ada@example.org' } }")),
  };
  for (const MessagePtr& request : requests) {
    const Result result = Call(*request);
    EXPECT_EQ(result.Reason(), "CALLER_NOT_ALLOWED") << result;
    EXPECT_EQ(result.Fact("rule"), "recipients");
  }
  EXPECT_THAT(stack_.sandbox.Requests(), IsEmpty());
}

}  // namespace
}  // namespace blooio::integration
