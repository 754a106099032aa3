#include "tests/sandbox/state_json.h"

#include <algorithm>
#include <utility>

namespace blooio::sandbox {
namespace {

const char* VersionName(Version version) { return version == Version::kV2 ? "v2" : "v4"; }

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json GroupJson(const Group& group) {
  Json json = {{"id", group.id},
               {"version", VersionName(group.version)},
               {"name", OrNull(group.name)},
               {"members", group.members},
               {"created_at", group.created_at}};
  if (group.version == Version::kV2) {
    json["chat_guid"] = OrNull(group.chat_guid);
    json["message_count"] = group.message_count;
  } else {
    json["channel_id"] = group.channel_id;
    json["chat_id"] = OrNull(group.chat_id);
  }
  return json;
}

Json MessageJson(const Message& message) {
  return {{"id", message.id},
          {"version", VersionName(message.version)},
          {"chat", message.chat},
          {"recipients", message.recipients},
          {"from", message.from},
          {"text", message.text},
          {"status", message.status},
          {"idempotency_key", message.idempotency_key},
          {"created_at", message.created_at}};
}

}  // namespace

Json CountsJson(Sandbox& sandbox) {
  const Store& store = sandbox.api().store;
  return {{"groups", store.groups(Version::kV2).size() + store.groups(Version::kV4).size()},
          {"chats", store.chats().size()},
          {"messages", store.messages().total()},
          {"requests", sandbox.journal().total()},
          {"connections", sandbox.connections()},
          {"open_connections", sandbox.open_connections()}};
}

Json MessagesJson(Sandbox& sandbox, uint64_t after, uint64_t limit) {
  const BoundedLog<Message>& messages = sandbox.api().store.messages();
  const uint64_t forgotten = messages.total() - messages.size();
  Json page = Json::array();
  for (uint64_t i = std::max(after, forgotten); i < messages.total() && page.size() < limit; ++i) {
    page.push_back(MessageJson(messages[i - forgotten]));
    page.back()["number"] = i + 1;
  }
  return {{"messages", std::move(page)}, {"total", messages.total()}};
}

Json GroupsJson(Sandbox& sandbox, Version version, uint64_t after, uint64_t limit) {
  const std::deque<Group>& groups = sandbox.api().store.groups(version);
  Json page = Json::array();
  for (uint64_t i = after; i < groups.size() && page.size() < limit; ++i) {
    page.push_back(GroupJson(groups[i]));
    page.back()["number"] = i + 1;
  }
  return {{"groups", std::move(page)}, {"total", groups.size()}};
}

Json StateJson(Sandbox& sandbox) {
  const Store& store = sandbox.api().store;
  Json groups = Json::array();
  for (const Version version : {Version::kV2, Version::kV4}) {
    for (const Group& group : store.groups(version)) groups.push_back(GroupJson(group));
  }
  Json chats = Json::array();
  for (const Chat& chat : store.chats()) {
    chats.push_back({{"id", chat.id}, {"channel_id", chat.channel_id}, {"to", chat.to}});
  }
  Json messages = Json::array();
  for (size_t i = 0; i < store.messages().size(); ++i) messages.push_back(MessageJson(store.messages()[i]));
  return {{"counts", CountsJson(sandbox)},
          {"groups", std::move(groups)},
          {"chats", std::move(chats)},
          {"messages", std::move(messages)}};
}

}  // namespace blooio::sandbox
