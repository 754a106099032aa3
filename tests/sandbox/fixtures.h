// What is there before anybody asks: channels, chats that behave in a given way,
// people that cannot be written to, the organisation's own numbers. The one
// table that README.md and the tests refer to.
//
// Threads: constants.
#pragma once

#include <span>
#include <string_view>

namespace blooio::sandbox {

struct Channel {
  std::string_view id;
  std::string_view type;
  bool group_capable;
};

// What a send to a v4 chat comes to.
enum class ChatBehaviour {
  kDelivers,
  kFails,            // 201 with status "failed", an error and a fallback
  kClosed,           // 409 chat_closed
  kChannelInactive,  // 409 channel_not_active
  kNotImplemented,   // 501
};

struct ChatFixture {
  std::string_view id;
  std::string_view channel_id;
  std::string_view to;
  ChatBehaviour behaviour;
};

// What a v2 send to a person is refused with; 202 is an accepted message whose
// status is "failed".
struct RecipientFixture {
  std::string_view identifier;
  int status;
  std::string_view code;
  std::string_view message;
  // JSON object of further top-level fields.
  std::string_view extras;
};

std::span<const Channel> Channels();
std::span<const ChatFixture> ChatFixtures();
std::span<const RecipientFixture> RecipientFixtures();

// The numbers that X-From-Number may name.
std::span<const std::string_view> OwnNumbers();

// A v2 group that no chat can be made for: a send to it is refused with 400.
inline constexpr std::string_view kUnlinkableGroup = "grp_unlinkable1";
// A v2 group with a chat.
inline constexpr std::string_view kDemoGroup = "grp_demo1";
// A message that replies may name: v2, from kDemoPerson.
inline constexpr std::string_view kDemoMessage = "msg_demo1";
inline constexpr std::string_view kDemoPerson = "+15551230001";

// nullptr for an unknown id.
const Channel* FindChannel(std::string_view id);
const RecipientFixture* FindRecipientFixture(std::string_view identifier);

}  // namespace blooio::sandbox
