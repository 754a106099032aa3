#include "tests/sandbox/control.h"

#include <limits>
#include <utility>

#include "tests/sandbox/fields.h"
#include "tests/sandbox/sandbox.h"
#include "tests/sandbox/state_json.h"
#include "tests/sandbox/text.h"
#include "tests/sandbox/uri.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxKeys = 16;
constexpr int64_t kMaxOutageMs = 60'000;

struct ControlCall {
  Sandbox& sandbox;
  Query query;
  // Null when the request has no body.
  Json body;
};

HttpResponse Refuse(int status, std::string_view sentence) {
  return JsonResponse(status, {{"error", sentence}});
}

HttpResponse Done() { return JsonResponse(200, Json::object()); }

struct Page {
  uint64_t after = 0;
  uint64_t limit = std::numeric_limits<uint64_t>::max();
};

std::optional<Page> ReadPage(const Query& query) {
  Page page;
  for (const auto& [name, value] : query) {
    const bool known = name == "after" || name == "limit";
    if (!known || !ReadNumber(value, name == "after" ? page.after : page.limit)) return std::nullopt;
  }
  return page;
}

HttpResponse RefusePage() { return Refuse(400, "The query may have after and limit, both numbers."); }

HttpResponse ListRequests(const ControlCall& call) {
  const std::optional<Page> page = ReadPage(call.query);
  if (!page) return RefusePage();
  return JsonResponse(200, call.sandbox.journal().List(page->after, page->limit));
}

HttpResponse ClearRequests(const ControlCall& call) {
  call.sandbox.journal().Clear();
  return Done();
}

HttpResponse ListFaults(const ControlCall& call) { return JsonResponse(200, call.sandbox.faults().List()); }

HttpResponse AddFault(const ControlCall& call) {
  const absl::StatusOr<uint64_t> number = call.sandbox.faults().Add(call.body);
  if (!number.ok()) return Refuse(400, std::string(number.status().message()));
  return JsonResponse(201, {{"number", *number}});
}

HttpResponse ClearFaults(const ControlCall& call) {
  call.sandbox.faults().Clear();
  return Done();
}

HttpResponse ShowState(const ControlCall& call) { return JsonResponse(200, StateJson(call.sandbox)); }

HttpResponse ListMessages(const ControlCall& call) {
  const std::optional<Page> page = ReadPage(call.query);
  if (!page) return RefusePage();
  return JsonResponse(200, MessagesJson(call.sandbox, page->after, page->limit));
}

template <Version kVersion>
HttpResponse ListGroups(const ControlCall& call) {
  const std::optional<Page> page = ReadPage(call.query);
  if (!page) return RefusePage();
  return JsonResponse(200, GroupsJson(call.sandbox, kVersion, page->after, page->limit));
}

HttpResponse ShowCounts(const ControlCall& call) { return JsonResponse(200, CountsJson(call.sandbox)); }

// Makes a chat with a person, or links a chat to a group.
HttpResponse AddChat(const ControlCall& call) {
  static constexpr Field kFields[] = {{"channel_id", kString}, {"to", kString}, {"group_id", kString}};
  if (!call.body.is_object()) return Refuse(400, "A chat has to be a JSON object.");
  if (auto violation = CheckFields(call.body, kFields, "")) return Refuse(400, violation->message);
  if (call.body.contains("group_id") == (call.body.contains("channel_id") && call.body.contains("to"))) {
    return Refuse(400, "A chat needs channel_id and to, or group_id.");
  }
  Store& store = call.sandbox.api().store;
  Chat chat;
  Group* group = nullptr;
  if (call.body.contains("group_id")) {
    group = store.FindGroup(Version::kV4, call.body["group_id"].get<std::string>());
    if (group == nullptr) return Refuse(404, "There is no such v4 group.");
    if (group->chat_id) return JsonResponse(200, {{"chat_id", *group->chat_id}});
    chat.channel_id = group->channel_id;
    chat.channel_type = group->channel_type;
    chat.to = Join(group->members, ",");
  } else {
    const Channel* channel = FindChannel(call.body["channel_id"].get<std::string>());
    if (channel == nullptr) return Refuse(404, "There is no such channel.");
    chat.channel_id = channel->id;
    chat.channel_type = channel->type;
    chat.to = call.body["to"].get<std::string>();
  }
  const Chat& added = store.AddChat(std::move(chat));
  if (group != nullptr) group->chat_id = added.id;
  return JsonResponse(201, {{"chat_id", added.id}});
}

HttpResponse ShowOptions(const ControlCall& call) {
  const bool seed = call.sandbox.api().v2_errors == V2Errors::kSeed;
  return JsonResponse(200, {{"v2_errors", seed ? "seed" : "newer"}, {"journal", call.sandbox.journaling}});
}

HttpResponse SetOptions(const ControlCall& call) {
  static constexpr Field kFields[] = {{"v2_errors", kString}, {"journal", kBoolean}};
  if (!call.body.is_object()) return Refuse(400, "Options have to be a JSON object.");
  if (auto violation = CheckFields(call.body, kFields, "")) return Refuse(400, violation->message);
  const std::string errors = call.body.value("v2_errors", "");
  if (call.body.contains("v2_errors") && errors != "seed" && errors != "newer") {
    return Refuse(400, "v2_errors has to be \"seed\" or \"newer\".");
  }
  if (!errors.empty()) call.sandbox.api().v2_errors = errors == "seed" ? V2Errors::kSeed : V2Errors::kNewer;
  call.sandbox.journaling = call.body.value("journal", call.sandbox.journaling);
  return ShowOptions(call);
}

// As the journal shows them, so that tests can tell them apart.
HttpResponse ShowKeys(const ControlCall& call) {
  Json fingerprints = Json::array();
  for (const std::string& key : call.sandbox.api().keys) fingerprints.push_back(KeyFingerprint(key));
  return JsonResponse(200, {{"keys", std::move(fingerprints)}});
}

HttpResponse SetKeys(const ControlCall& call) {
  static constexpr Field kFields[] = {{"keys", kArray, true}};
  if (!call.body.is_object()) return Refuse(400, "Keys have to be a JSON object.");
  if (auto violation = CheckFields(call.body, kFields, "")) return Refuse(400, violation->message);
  std::vector<std::string> keys;
  for (const Json& key : call.body["keys"]) {
    if (keys.size() == kMaxKeys || !key.is_string() || key.get_ref<const std::string&>().empty()) {
      return Refuse(400, "keys has to hold at most 16 strings, none of them empty.");
    }
    keys.push_back(key.get<std::string>());
  }
  call.sandbox.api().keys = std::move(keys);
  return ShowKeys(call);
}

HttpResponse ShowRateLimit(const ControlCall& call) {
  const RequestLimit& limit = call.sandbox.api().limit;
  Json rate;
  if (limit.rate()) {
    rate = {{"requests_per_second", limit.rate()->per_second},
            {"burst", limit.rate()->burst},
            {"per_key", limit.rate()->per_key}};
  }
  return JsonResponse(
      200, {{"limit", rate}, {"allowed", limit.counts().allowed}, {"refused", limit.counts().refused}});
}

HttpResponse SetRateLimit(const ControlCall& call) {
  static constexpr Field kFields[] = {
      {"requests_per_second", kInteger, true}, {"burst", kInteger, true}, {"per_key", kBoolean}};
  if (!call.body.is_object()) return Refuse(400, "A rate limit has to be a JSON object.");
  if (auto violation = CheckFields(call.body, kFields, "")) return Refuse(400, violation->message);
  for (const char* name : {"requests_per_second", "burst"}) {
    const Json& number = call.body[name];
    if (number < 1 || number > RequestLimit::kMost) {
      return Refuse(400, "requests_per_second and burst go from 1 to 1000000.");
    }
  }
  call.sandbox.api().limit.Set(RequestLimit::Rate{call.body["requests_per_second"].get<int64_t>(),
                                                  call.body["burst"].get<int64_t>(),
                                                  call.body.value("per_key", false)});
  return ShowRateLimit(call);
}

HttpResponse RemoveRateLimit(const ControlCall& call) {
  call.sandbox.api().limit.Set(std::nullopt);
  return ShowRateLimit(call);
}

// The process stays, and so does what it knows; for everybody else it has died.
HttpResponse BeAway(const ControlCall& call) {
  static constexpr Field kFields[] = {{"milliseconds", kInteger, true}};
  if (!call.body.is_object()) return Refuse(400, "An outage has to be a JSON object.");
  if (auto violation = CheckFields(call.body, kFields, "")) return Refuse(400, violation->message);
  const int64_t milliseconds = call.body["milliseconds"].get<int64_t>();
  if (milliseconds < 1 || milliseconds > kMaxOutageMs) return Refuse(400, "milliseconds go from 1 to 60000.");
  if (call.sandbox.be_away) call.sandbox.be_away(std::chrono::milliseconds(milliseconds));
  return Done();
}

HttpResponse Reset(const ControlCall& call) {
  call.sandbox.Reset();
  return Done();
}

struct ControlRoute {
  std::string_view verb;
  std::string_view path;
  HttpResponse (*handle)(const ControlCall&);
};

constexpr ControlRoute kRoutes[] = {
    {"GET", "/__sandbox/requests", ListRequests},
    {"DELETE", "/__sandbox/requests", ClearRequests},
    {"GET", "/__sandbox/faults", ListFaults},
    {"POST", "/__sandbox/faults", AddFault},
    {"DELETE", "/__sandbox/faults", ClearFaults},
    {"GET", "/__sandbox/state", ShowState},
    {"GET", "/__sandbox/messages", ListMessages},
    {"GET", "/__sandbox/groups/v2", ListGroups<Version::kV2>},
    {"GET", "/__sandbox/groups/v4", ListGroups<Version::kV4>},
    {"GET", "/__sandbox/counts", ShowCounts},
    {"POST", "/__sandbox/chats", AddChat},
    {"GET", "/__sandbox/options", ShowOptions},
    {"POST", "/__sandbox/options", SetOptions},
    {"GET", "/__sandbox/keys", ShowKeys},
    {"POST", "/__sandbox/keys", SetKeys},
    {"GET", "/__sandbox/rate_limit", ShowRateLimit},
    {"POST", "/__sandbox/rate_limit", SetRateLimit},
    {"DELETE", "/__sandbox/rate_limit", RemoveRateLimit},
    {"POST", "/__sandbox/outage", BeAway},
    {"POST", "/__sandbox/reset", Reset},
};

}  // namespace

HttpResponse HandleControl(const HttpRequest& request, Sandbox& sandbox) {
  const Target target = SplitTarget(request.target);
  bool known_path = false;
  for (const ControlRoute& route : kRoutes) {
    if (route.path != target.path) continue;
    known_path = true;
    if (route.verb != request.verb) continue;
    std::optional<Query> query = ParseQuery(target.query);
    if (!query) return Refuse(400, "The query is not encoded properly.");
    Json body;
    if (!request.body.empty()) body = ParseJson(request.body);
    if (body.is_discarded()) return Refuse(400, "The body is not valid JSON.");
    return route.handle({sandbox, *std::move(query), std::move(body)});
  }
  if (known_path) return Refuse(405, "This method is not allowed here.");
  return Refuse(404, "The control API has no such path.");
}

}  // namespace blooio::sandbox
