// What the sandbox remembers: groups, chats, messages, contacts. In memory only.
//
// References stay valid until Reset, those to messages until the next message.
// Threads: one at a time; the server runs everything on one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/bounded_log.h"
#include "tests/sandbox/errors.h"
#include "tests/sandbox/fixtures.h"

namespace blooio::sandbox {

struct Group {
  Version version = Version::kV2;
  std::string id;
  std::optional<std::string> name;
  std::vector<std::string> members;
  int64_t created_at = 0;
  // v2: the device's chat; set when the group was linked or first written to.
  std::optional<std::string> chat_guid;
  int64_t message_count = 0;
  std::optional<std::string> last_message_text;
  std::optional<int64_t> last_message_time;
  // v4.
  std::string channel_id;
  std::string channel_type;
  std::optional<std::string> chat_id;
};

// v4 only: a v2 chat is named by its people.
struct Chat {
  std::string id;
  std::string channel_id;
  std::string channel_type;
  std::string to;
  ChatBehaviour behaviour = ChatBehaviour::kDelivers;
};

struct Message {
  std::string id;
  Version version = Version::kV2;
  // v4: the chat id. v2: the person or the group id.
  std::string chat;
  std::vector<std::string> recipients;
  std::string from;
  std::string text;
  std::string status;
  std::string idempotency_key;
  int64_t created_at = 0;
};

class Store {
 public:
  using Clock = std::function<int64_t()>;  // Unix milliseconds

  explicit Store(Clock clock);

  // Back to the fixtures.
  void Reset();
  int64_t NowMs() const { return clock_(); }

  // Mints the id if it is empty, and the time.
  Group& AddGroup(Group group);
  Group* FindGroup(Version version, std::string_view id);
  // v2 groups, by the device's chat, and by exactly this set of people (the
  // oldest one).
  Group* FindGroupByGuid(std::string_view chat_guid);
  Group* FindGroupByPeople(const std::vector<std::string>& people);
  // Gives a v2 group a device chat, as the first message does.
  void LinkGroup(Group& group, std::string chat_guid);
  const std::deque<Group>& groups(Version version) const;

  Chat& AddChat(Chat chat);
  Chat* FindChat(std::string_view id);
  const std::deque<Chat>& chats() const { return chats_; }

  // Mints the id if it is empty, and the time.
  const Message& AddMessage(Message message);
  const Message* FindMessage(std::string_view id) const;
  // The newest 1,000,000 messages or 256 MiB; its total counts all of them.
  const BoundedLog<Message>& messages() const { return messages_; }

  // The id of a person's contact, made when there is none yet.
  struct Contact {
    std::string id;
    bool created = false;
  };
  Contact ContactOf(std::string_view identifier);

 private:
  Clock clock_;
  std::deque<Group> v2_groups_;
  std::deque<Group> v4_groups_;
  std::map<std::string, Group*, std::less<>> groups_by_id_;
  std::map<std::string, Group*, std::less<>> groups_by_guid_;
  std::map<std::string, Group*, std::less<>> groups_by_people_;
  std::deque<Chat> chats_;
  std::map<std::string, Chat*, std::less<>> chats_by_id_;
  BoundedLog<Message> messages_;
  std::map<std::string, std::string, std::less<>> contacts_;
};

}  // namespace blooio::sandbox
