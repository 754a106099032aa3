#include <utility>

#include "tests/sandbox/fields.h"
#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/v2.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxNameCodePoints = 255;

std::optional<Violation> Check(const Json& body) {
  static constexpr Field kFields[] = {{"name", kString, true}, {"chat_guid", kString}, {"members", kArray}};
  if (auto violation = CheckFields(body, kFields, "")) return violation;
  const std::string& name = body["name"].get_ref<const std::string&>();
  if (name.empty() || CodePoints(name) > kMaxNameCodePoints) {
    return Invalid("name", "has to have 1 to 255 characters.");
  }
  if (body.contains("chat_guid") && body["chat_guid"].get_ref<const std::string&>().empty()) {
    return Invalid("chat_guid", "must not be empty.");
  }
  if (!body.contains("members")) return std::nullopt;
  for (const Json& member : body["members"]) {
    if (!member.is_string() || !IsIdentifier(member.get_ref<const std::string&>())) {
      return Invalid("members", "has to hold phone numbers (E.164) and e-mail addresses only.");
    }
  }
  return std::nullopt;
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json GroupJson(const Group& group) {
  return {{"group_id", group.id},
          {"name", OrNull(group.name)},
          {"chat_guid", OrNull(group.chat_guid)},
          {"icon_url", nullptr},
          {"member_count", group.members.size()},
          {"message_count", group.message_count},
          {"last_message_text", OrNull(group.last_message_text)},
          {"last_message_time", OrNull(group.last_message_time)},
          {"last_message_direction", group.last_message_time ? Json("outbound") : Json(nullptr)},
          {"created_at", group.created_at}};
}

}  // namespace

HttpResponse CreateGroupV2(const Call& call) {
  if (auto violation = Check(call.body)) return call.RefuseV2(400, violation->message);

  Store& store = call.state.store;
  Group group;
  group.name = call.body["name"].get<std::string>();
  if (call.body.contains("members")) {
    group.members = DistinctIdentifiers(call.body["members"].get<std::vector<std::string>>());
  }
  if (call.body.contains("chat_guid")) {
    group.chat_guid = call.body["chat_guid"].get<std::string>();
    if (store.FindGroupByGuid(*group.chat_guid) != nullptr) {
      return call.RefuseV2(409, "A group with this chat_guid exists already.");
    }
  } else if (!group.members.empty() && store.FindGroupByPeople(group.members) != nullptr) {
    return call.RefuseV2(409, "A group with the same participants exists already on this allocation.");
  }

  const Group& added = store.AddGroup(std::move(group));
  Json body = GroupJson(added);
  body["added_members"] = added.members;
  body["created_contacts"] = Json::array();
  for (const std::string& member : added.members) {
    if (store.ContactOf(member).created) body["created_contacts"].push_back(member);
  }
  return JsonResponse(201, body);
}

}  // namespace blooio::sandbox
