#include "tests/soak/requests.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "blooio/gateway/v1/delivery_service.pb.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"

namespace blooio::soak {
namespace {

using google::protobuf::Message;

template <class Request>
EncodedRequest Encoded(const char* method, Request request, const std::string& key) {
  if constexpr (requires { request.set_idempotency_key(key); }) {
    if (!key.empty()) request.set_idempotency_key(key);
  }
  return {method, request.SerializeAsString()};
}

void SetTime(google::protobuf::Timestamp& timestamp, absl::Time time) {
  const int64_t nanos = absl::ToUnixNanos(time);
  timestamp.set_seconds(nanos / 1'000'000'000);
  timestamp.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

std::unique_ptr<Message> NewReply(Kind kind) {
  switch (kind) {
    case Kind::kRead:
      return std::make_unique<v4::ListGroupsResponse>();
    case Kind::kSendV2:
      return std::make_unique<v2::SendMessageResponse>();
    case Kind::kSendV4:
      return std::make_unique<v4::SendChatMessageResponse>();
    case Kind::kGroupV2:
      return std::make_unique<v2::CreateGroupResponse>();
    case Kind::kGroupV4:
      break;
  }
  return std::make_unique<v4::CreateGroupResponse>();
}

}  // namespace

std::string Requests::Marker(uint64_t number) const { return absl::StrCat(run_, "/", number); }

std::optional<uint64_t> Requests::NumberOf(const std::string& marker) const {
  uint64_t number = 0;
  const bool ours = marker.starts_with(run_) && marker.size() > run_.size() &&
                    absl::SimpleAtoi(marker.substr(run_.size() + 1), &number);
  return ours ? std::optional(number) : std::nullopt;
}

EncodedRequest Requests::Encode(const Operation& operation) const {
  const uint64_t number = operation.number;
  const bool invalid = operation.manner == Manner::kInvalid;
  const std::string person = invalid ? "nobody" : absl::StrCat("+1555333", 1000 + number % 1000);
  switch (operation.kind) {
    case Kind::kRead: {
      v4::ListGroupsRequest request;
      request.set_limit(1 + static_cast<int>(number % 5));
      return Encoded("/blooio.v4.GroupsService/ListGroups", request, "");
    }
    case Kind::kSendV2: {
      v2::SendMessageRequest request;
      request.mutable_chat_id()->set_phone_number(person);
      request.set_text(Marker(number));
      return Encoded("/blooio.v2.MessagesService/SendMessage", request, operation.key);
    }
    case Kind::kSendV4: {
      v4::SendChatMessageRequest request;
      request.set_chat_id(invalid ? "nowhere" : number % 2 == 0 ? "chat_demo_1" : "chat_whatsapp_1");
      request.mutable_content()->mutable_text()->set_text(Marker(number));
      return Encoded("/blooio.v4.MessagesService/SendChatMessage", request, operation.key);
    }
    case Kind::kGroupV2: {
      // Of nobody: the upstream takes a second one of the same name.
      v2::CreateGroupRequest request;
      request.set_name(Marker(number));
      if (invalid) request.add_members(person);
      return Encoded("/blooio.v2.GroupsService/CreateGroup", request, operation.key);
    }
    case Kind::kGroupV4:
      break;
  }
  v4::CreateGroupRequest request;
  request.set_channel_id("ch_blooio_1");
  request.add_members()->set_identifier(person);
  request.set_name(Marker(number));
  return Encoded("/blooio.v4.GroupsService/CreateGroup", request, operation.key);
}

EncodedRequest Requests::EncodeInquiry(const Operation& operation) const {
  gateway::v1::ReconcileSendRequest request;
  const std::string send = Encode(operation).bytes;
  if (operation.kind == Kind::kSendV2) {
    request.mutable_v2_send_message()->ParseFromString(send);
  } else {
    request.mutable_v4_send_chat_message()->ParseFromString(send);
  }
  request.set_settle(operation.inquiry == Inquiry::kSettle);
  // Twins may end in another order. Inquiries count, too: those that settle are sends.
  const auto [first, last] =
      std::minmax_element(operation.words.begin(), operation.words.end(),
                          [](const Word& a, const Word& b) { return a.began < b.began; });
  SetTime(*request.mutable_first_made(), first->began);
  SetTime(*request.mutable_last_made(), last->began);
  return {"/blooio.gateway.v1.DeliveryService/ReconcileSend", request.SerializeAsString()};
}

Finding ReadFinding(const std::string& reply) {
  using Response = gateway::v1::ReconcileSendResponse;
  Response response;
  response.ParseFromString(reply);
  Finding finding;
  finding.outcome = Response::Outcome_Name(response.outcome());
  if (response.outcome() == Response::OUTCOME_SENT) finding.meaning = Meaning::kDone;
  if (response.outcome() == Response::OUTCOME_NOT_SENT) finding.meaning = Meaning::kNotSent;
  if (response.message_ids_size() == 1) finding.id = response.message_ids(0);
  return finding;
}

std::string IdIn(Kind kind, const std::string& reply) {
  const std::unique_ptr<Message> message = NewReply(kind);
  if (!message->ParseFromString(reply)) return "";
  switch (kind) {
    case Kind::kRead:
      return "";
    case Kind::kSendV2:
      return static_cast<const v2::SendMessageResponse&>(*message).message_id();
    case Kind::kSendV4:
      return static_cast<const v4::SendChatMessageResponse&>(*message).message().id();
    case Kind::kGroupV2:
      return static_cast<const v2::CreateGroupResponse&>(*message).group_id();
    case Kind::kGroupV4:
      break;
  }
  return static_cast<const v4::CreateGroupResponse&>(*message).data().id();
}

std::string Describe(Kind kind, const std::string& reply) {
  const std::unique_ptr<Message> message = NewReply(kind);
  return message->ParseFromString(reply) ? message->ShortDebugString() : "cannot be read";
}

bool SameReply(Kind kind, const std::string& one, const std::string& other) {
  if (one == other) return true;
  const std::unique_ptr<Message> first = NewReply(kind);
  const std::unique_ptr<Message> second = NewReply(kind);
  return first->ParseFromString(one) && second->ParseFromString(other) &&
         google::protobuf::util::MessageDifferencer::Equals(*first, *second);
}

}  // namespace blooio::soak
