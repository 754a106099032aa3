// Calls as they come every day, for what measures the cost of one: requests in text
// format and the answers of an upstream.
#pragma once

#include <string>

#include "absl/strings/str_format.h"

namespace blooio::gateway {

inline constexpr char kSendChatMessage[] = "blooio.v4.MessagesService/SendChatMessage";
inline constexpr char kSendMessage[] = "blooio.v2.MessagesService/SendMessage";
inline constexpr char kListGroups[] = "blooio.v4.GroupsService/ListGroups";

inline constexpr char kSendChatMessageRequest[] =
    R"(chat_id: "chat_2f6c1d0b9a8e4c77" content { text {
         text: "Your parcel is on its way: it arrives between 2 and 4 pm today. 📦" } })";
inline constexpr char kSendChatMessageAnswer[] =
    R"({"id":"msg_3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b","chat_id":"chat_2f6c1d0b9a8e4c77",)"
    R"("channel_id":"ch_51f0a2","channel_type":"blooio","protocol":"imessage","direction":"outbound",)"
    R"("type":"text","status":"queued","error":null,"fallback":{"recommended":false,"reason":null}})";

inline constexpr char kSendMessageRequest[] =
    R"(chat_id { phone_number: "+15551234567" } from_number: "+15550000009"
       text: "Your parcel is on its way: it arrives between 2 and 4 pm today. 📦")";
inline constexpr char kSendMessageAnswer[] =
    R"({"message_id":"msg_3f2b8c1e-5a4d-4e6f-9b0a-1c2d3e4f5a6b","status":"queued"})";

inline constexpr char kListGroupsRequest[] = R"(limit: 20 cursor: "eyJvIjo0MH0")";
// Groups of three people each.
inline std::string ListGroupsAnswer(int groups) {
  std::string json = R"({"data":[)";
  for (int group = 0; group < groups; ++group) {
    absl::StrAppendFormat(
        &json,
        R"(%s{"id":"grp_%016d","channel_id":"ch_51f0a2","channel_type":"blooio",)"
        R"("name":"Team %d","icon_url":"https://cdn.example.com/icons/%d.png",)"
        R"("chat_id":"chat_%016d","chat_linked":true,"created_at":1700000000123,"members":[)",
        group == 0 ? "" : ",", group, group, group, group);
    for (int member = 0; member < 3; ++member) {
      absl::StrAppendFormat(&json,
                            R"(%s{"identity_id":"idn_%08d","contact_id":"ct_%08d","role":"member",)"
                            R"("channel_type":"blooio","identifier":"+1555%07d"})",
                            member == 0 ? "" : ",", member, member, group * 3 + member);
    }
    json += "]}";
  }
  return json + R"(],"has_more":true,"next_cursor":"eyJvIjo2MH0"})";
}

inline constexpr char kInvalidAnswer[] =
    R"({"error":{"code":"invalid_recipient","message":"+1 (555) 123-4567 cannot receive messages"}})";

}  // namespace blooio::gateway
