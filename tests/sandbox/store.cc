#include "tests/sandbox/store.h"

#include <utility>

#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/random_id.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxMessages = 1'000'000;
constexpr size_t kMaxMessageBytes = size_t{256} << 20;

template <typename Map>
auto FindIn(Map& map, std::string_view key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

Store::Store(Clock clock) : clock_(std::move(clock)), messages_(kMaxMessages, kMaxMessageBytes) { Reset(); }

void Store::Reset() {
  groups_by_id_.clear();
  groups_by_guid_.clear();
  groups_by_people_.clear();
  chats_by_id_.clear();
  v2_groups_.clear();
  v4_groups_.clear();
  chats_.clear();
  contacts_.clear();
  messages_.Clear(/*keep_total=*/false);

  for (const ChatFixture& fixture : ChatFixtures()) {
    AddChat({std::string(fixture.id), std::string(fixture.channel_id),
             std::string(FindChannel(fixture.channel_id)->type), std::string(fixture.to), fixture.behaviour});
  }
  Group demo;
  demo.id = kDemoGroup;
  demo.name = "Demo";
  demo.members = {std::string(kDemoPerson), "+15551230002"};
  demo.chat_guid = "iMessage;+;chat100000000000000001";
  AddGroup(std::move(demo));
  Group unlinkable;
  unlinkable.id = kUnlinkableGroup;
  unlinkable.name = "Unlinkable";
  AddGroup(std::move(unlinkable));
}

Group& Store::AddGroup(Group group) {
  if (group.id.empty()) group.id = NewId("grp_");
  group.created_at = NowMs();
  std::deque<Group>& groups = group.version == Version::kV2 ? v2_groups_ : v4_groups_;
  Group& added = groups.emplace_back(std::move(group));
  groups_by_id_.emplace(added.id, &added);
  if (added.version == Version::kV2) {
    if (added.chat_guid) groups_by_guid_.emplace(*added.chat_guid, &added);
    // emplace keeps the oldest group of a set; a group of nobody is no set.
    if (!added.members.empty()) groups_by_people_.emplace(ParticipantKey(added.members), &added);
  }
  return added;
}

Group* Store::FindGroup(Version version, std::string_view id) {
  Group* group = FindIn(groups_by_id_, id);
  return group != nullptr && group->version == version ? group : nullptr;
}

Group* Store::FindGroupByGuid(std::string_view chat_guid) { return FindIn(groups_by_guid_, chat_guid); }

Group* Store::FindGroupByPeople(const std::vector<std::string>& people) {
  return FindIn(groups_by_people_, ParticipantKey(people));
}

void Store::LinkGroup(Group& group, std::string chat_guid) {
  group.chat_guid = std::move(chat_guid);
  groups_by_guid_.emplace(*group.chat_guid, &group);
}

const std::deque<Group>& Store::groups(Version version) const {
  return version == Version::kV2 ? v2_groups_ : v4_groups_;
}

Chat& Store::AddChat(Chat chat) {
  if (chat.id.empty()) chat.id = NewId("chat_");
  Chat& added = chats_.emplace_back(std::move(chat));
  chats_by_id_.emplace(added.id, &added);
  return added;
}

Chat* Store::FindChat(std::string_view id) { return FindIn(chats_by_id_, id); }

const Message& Store::AddMessage(Message message) {
  if (message.id.empty()) message.id = NewId("msg_");
  message.created_at = NowMs();
  const size_t bytes = sizeof(Message) + message.text.size() + 2 * message.chat.size();
  return messages_.Push(std::move(message), bytes);
}

const Message* Store::FindMessage(std::string_view id) const {
  for (size_t i = messages_.size(); i > 0; --i) {
    if (messages_[i - 1].id == id) return &messages_[i - 1];
  }
  return nullptr;
}

Store::Contact Store::ContactOf(std::string_view identifier) {
  std::string key = Canonical(identifier);
  const auto found = contacts_.find(key);
  if (found != contacts_.end()) return {found->second, false};
  return {contacts_.emplace(std::move(key), NewId("ct_")).first->second, true};
}

}  // namespace blooio::sandbox
