#include <utility>

#include "tests/sandbox/fields.h"
#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/text.h"
#include "tests/sandbox/v4.h"
#include "tests/sandbox/v4_refusal.h"

namespace blooio::sandbox {
namespace {

constexpr uint64_t kDefaultLimit = 50;
constexpr uint64_t kMaxLimit = 200;

Json GroupJson(const Group& group, Store& store) {
  Json members = Json::array();
  for (const std::string& member : group.members) {
    const std::string contact = store.ContactOf(member).id;
    members.push_back({{"identity_id", "idn_" + contact.substr(3)},
                       {"contact_id", contact},
                       {"role", "member"},
                       {"channel_type", group.channel_type},
                       {"identifier", member}});
  }
  return {{"id", group.id},
          {"channel_id", group.channel_id},
          {"channel_type", group.channel_type},
          {"name", group.name ? Json(*group.name) : Json(nullptr)},
          {"icon_url", nullptr},
          {"chat_id", group.chat_id ? Json(*group.chat_id) : Json(nullptr)},
          {"chat_linked", group.chat_id.has_value()},
          {"created_at", group.created_at},
          {"members", std::move(members)}};
}

// The identifiers, or what is wrong with them.
std::optional<Violation> ReadMembers(const Json& members, std::vector<std::string>& identifiers) {
  if (members.empty()) return Invalid("members", "needs at least one member.");
  for (size_t i = 0; i < members.size(); ++i) {
    const std::string path = "members[" + std::to_string(i) + "]";
    const Json* identifier = &members[i];
    if (identifier->is_object()) {
      static constexpr Field kFields[] = {{"identifier", kString, true}};
      if (auto violation = CheckFields(*identifier, kFields, path + ".")) return violation;
      identifier = &members[i]["identifier"];
    }
    if (!identifier->is_string() || !IsIdentifier(identifier->get_ref<const std::string&>())) {
      return Invalid(path, "has to be a phone number (E.164) or an e-mail address.");
    }
    identifiers.push_back(identifier->get<std::string>());
  }
  return std::nullopt;
}

// Reads the query; false when it is not one of this operation.
bool ReadPage(const Call& call, uint64_t& limit, uint64_t& position) {
  bool has_limit = false;
  bool has_cursor = false;
  for (const auto& [name, value] : call.query) {
    if (name == "limit" && !std::exchange(has_limit, true)) {
      if (!ReadNumber(value, limit) || limit < 1 || limit > kMaxLimit) return false;
    } else if (name == "cursor" && !std::exchange(has_cursor, true)) {
      const std::optional<uint64_t> opened = call.state.cursors.Open(value);
      if (!opened || *opened > call.state.store.groups(Version::kV4).size()) return false;
      position = *opened;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

HttpResponse CreateGroupV4(const Call& call) {
  static constexpr Field kFields[] = {
      {"channel_id", kString, true}, {"members", kArray, true}, {"name", kString}};
  if (auto violation = CheckFields(call.body, kFields, "")) return RefuseV4(*violation);
  std::vector<std::string> members;
  if (auto violation = ReadMembers(call.body["members"], members)) {
    return RefuseV4(*violation, "invalid_members");
  }
  const Channel* channel = FindChannel(call.body["channel_id"].get_ref<const std::string&>());
  if (channel == nullptr) return RefuseV4(Invalid("channel_id", "names no channel."), "invalid_channel");
  if (!channel->group_capable) {
    return RefuseV4(Invalid("channel_id", "names a channel without groups."), "invalid_channel");
  }

  Group group;
  group.version = Version::kV4;
  group.channel_id = channel->id;
  group.channel_type = channel->type;
  group.members = DistinctIdentifiers(members);
  if (call.body.contains("name")) group.name = call.body["name"].get<std::string>();
  Store& store = call.state.store;
  return JsonResponse(201, {{"data", GroupJson(store.AddGroup(std::move(group)), store)}});
}

HttpResponse ListGroupsV4(const Call& call) {
  uint64_t limit = kDefaultLimit;
  uint64_t position = 0;
  if (!ReadPage(call, limit, position)) {
    return V4Error(400, "bad_request", "limit has to be 1 to 200, cursor the next_cursor of a page.");
  }
  Store& store = call.state.store;
  const std::deque<Group>& groups = store.groups(Version::kV4);
  Json data = Json::array();
  for (; position < groups.size() && data.size() < limit; ++position) {
    data.push_back(GroupJson(groups[position], store));
  }
  const bool more = position < groups.size();
  return JsonResponse(200, {{"data", std::move(data)},
                            {"has_more", more},
                            {"next_cursor", more ? Json(call.state.cursors.Seal(position)) : Json(nullptr)}});
}

HttpResponse GetGroupV4(const Call& call) {
  if (!call.query.empty()) return V4Error(400, "bad_request", "This request takes no query.");
  Store& store = call.state.store;
  const Group* group = store.FindGroup(Version::kV4, call.path_value);
  if (group == nullptr) return V4Error(404, "not_found", "There is no such group.");
  return JsonResponse(200, {{"data", GroupJson(*group, store)}});
}

}  // namespace blooio::sandbox
