#include "client/blooioctl/requests.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "client/blooioctl/input_file.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;

using Json = nlohmann::ordered_json;

constexpr size_t kMaxJsonBytes = 16 << 20;

absl::Status Misuse(std::string_view text) { return absl::InvalidArgumentError(gateway::Piece(text)); }

absl::StatusOr<std::string> ReadJson(const std::string& argument, int input) {
  if (argument == "-") return ReadInput(input, "standard input", kMaxJsonBytes);
  if (!argument.starts_with('@')) return argument;
  return ReadInputFile(argument.substr(1), kMaxJsonBytes);
}

// Copies an option's value to a field if it was given.
void Copy(const Invocation& from, std::string_view option, std::string_view field, Json& to) {
  if (const auto value = from.Find(option)) to[std::string(field)] = *value;
}

// An error that names the first of these options that was given.
absl::Status RefuseOptions(const Invocation& in, std::initializer_list<std::string_view> options,
                           std::string_view why) {
  for (const std::string_view option : options) {
    if (in.Has(option)) return Misuse(Cat("--", option, " ", why));
  }
  return absl::OkStatus();
}

absl::StatusOr<Request> Finish(std::string_view method, const Json& json) {
  try {
    return Request{std::string(method), json.dump()};
  } catch (const nlohmann::json::exception&) {
    return Misuse("an option's value is not UTF-8");
  }
}

absl::StatusOr<Request> CreateGroup(const Invocation& in) {
  const std::string api = in.Find("api").value_or("v4");
  if (api != "v2" && api != "v4") return Misuse("--api is v2 or v4");
  const bool v2 = api == "v2";
  absl::Status status = v2 ? RefuseOptions(in, {"channel"}, "belongs to --api v4")
                           : RefuseOptions(in, {"chat-guid"}, "belongs to --api v2");
  if (!status.ok()) return status;
  if (v2 && !in.Has("name")) return Misuse("group create --api v2 needs --name");
  if (!v2 && !in.Has("channel")) return Misuse("group create needs --channel");
  if (!v2 && !in.Has("member")) return Misuse("group create needs --member");

  Json json = Json::object();
  Copy(in, "channel", "channel_id", json);
  Copy(in, "name", "name", json);
  Copy(in, "chat-guid", "chat_guid", json);
  for (const std::string& member : in.All("member")) {
    json["members"].push_back(v2 ? Json(member) : Json{{"identifier", member}});
  }
  Copy(in, "key", "idempotency_key", json);
  return Finish(Cat("blooio.", api, ".GroupsService/CreateGroup"), json);
}

absl::StatusOr<Request> ListGroups(const Invocation& in) {
  Json json = Json::object();
  if (const auto text = in.Find("limit")) {
    int limit = 0;
    if (!absl::SimpleAtoi(*text, &limit)) return Misuse("--limit is a number");
    json["limit"] = limit;
  }
  Copy(in, "cursor", "cursor", json);
  return Finish("blooio.v4.GroupsService/ListGroups", json);
}

absl::StatusOr<Request> GetGroup(const Invocation& in) {
  return Finish("blooio.v4.GroupsService/GetGroup", {{"group_id", in.positionals.front()}});
}

absl::StatusOr<Request> SendToChat(const Invocation& in, const std::string& chat) {
  absl::Status status = RefuseOptions(in, {"from", "attachment"}, "does not go with a chat_... recipient");
  if (!status.ok()) return status;
  const std::vector<std::string> texts = in.All("text");
  if (texts.size() != 1) return Misuse("a message to a chat_... has exactly one --text");

  Json text = {{"text", texts.front()}};
  Copy(in, "reply-to", "reply_to", text);
  Copy(in, "effect", "effect", text);
  Json json = {{"chat_id", chat}};
  Copy(in, "key", "idempotency_key", json);
  json["content"]["text"] = std::move(text);
  if (in.Has("dry-run")) json["dry_run"] = true;
  return Finish("blooio.v4.MessagesService/SendChatMessage", json);
}

absl::StatusOr<Json> ChatId(const std::string& to) {
  if (to.find(',') != std::string::npos) {
    Json people = Json::array();
    for (const absl::string_view part : absl::StrSplit(to, ',')) {
      people.push_back(std::string(absl::StripAsciiWhitespace(part)));
    }
    return Json{{"recipients", {{"identifiers", std::move(people)}}}};
  }
  if (to.starts_with("grp_")) return Json{{"group_id", to}};
  if (to.find('@') != std::string::npos) return Json{{"email", to}};
  if (to.starts_with('+')) return Json{{"phone_number", to}};
  return Misuse("--to is +phone, an e-mail address, several of them with commas, grp_... or chat_...");
}

absl::StatusOr<Request> SendMessage(const Invocation& in) {
  const auto to = in.Find("to");
  if (!to) return Misuse("message send needs --to");
  if (to->starts_with("chat_")) return SendToChat(in, *to);
  absl::Status status =
      RefuseOptions(in, {"dry-run"}, "works only with a chat_... recipient; nothing was sent");
  if (!status.ok()) return status;
  if (!in.Has("text") && !in.Has("attachment")) return Misuse("message send needs --text or --attachment");
  absl::StatusOr<Json> chat_id = ChatId(*to);
  if (!chat_id.ok()) return chat_id.status();

  Json json = {{"chat_id", *std::move(chat_id)}};
  Copy(in, "key", "idempotency_key", json);
  Copy(in, "from", "from_number", json);
  const std::vector<std::string> texts = in.All("text");
  if (texts.size() == 1) json["text"] = texts.front();
  if (texts.size() > 1) json["texts"] = texts;
  for (const std::string& url : in.All("attachment")) json["attachments"].push_back({{"url", url}});
  Copy(in, "effect", "effect", json);
  if (const auto target = in.Find("reply-to")) {
    json["reply_to"][target->starts_with("msg_") ? "message_id" : "guid"] = *target;
  }
  return Finish("blooio.v2.MessagesService/SendMessage", json);
}

absl::StatusOr<Request> Call(const Invocation& in, int input) {
  if (in.positionals.size() == 1) return Request{in.positionals[0], "{}"};
  absl::StatusOr<std::string> json = ReadJson(in.positionals[1], input);
  if (!json.ok()) return json.status();
  return Request{in.positionals[0], *std::move(json)};
}

}  // namespace

absl::StatusOr<Request> BuildRequest(const Invocation& invocation, int input) {
  if (invocation.command == "call") return Call(invocation, input);
  if (invocation.command == "group create") return CreateGroup(invocation);
  if (invocation.command == "group list") return ListGroups(invocation);
  if (invocation.command == "group get") return GetGroup(invocation);
  if (invocation.command == "message send") return SendMessage(invocation);
  return absl::InvalidArgumentError(Cat("`", invocation.command, "` makes no call"));
}

absl::StatusOr<std::optional<Request>> NextPage(const Request& request, std::string_view reply) {
  const Json page = Json::parse(reply, nullptr, false);
  Json next = Json::parse(request.json, nullptr, false);
  if (!page.is_object() || page.value("has_more", Json()) != true) return std::nullopt;
  const Json cursor = page.value("next_cursor", Json());
  if (!next.is_object() || cursor == Json() || cursor == "" || cursor == next.value("cursor", Json())) {
    return absl::InternalError("there are more pages, but the last one names no cursor that leads to them");
  }
  next["cursor"] = cursor;
  return Request{request.method, next.dump()};
}

}  // namespace blooio::client
