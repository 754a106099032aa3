#include <algorithm>
#include <utility>

#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/random_id.h"
#include "tests/sandbox/text.h"
#include "tests/sandbox/v2.h"
#include "tests/sandbox/v2_content.h"

namespace blooio::sandbox {
namespace {

// Whom the path names.
struct Recipients {
  std::vector<std::string> people;
  // A group, by its id or as a list of people.
  Group* group = nullptr;
  bool is_list = false;
  bool group_created = false;
};

std::optional<HttpResponse> ReadRecipients(const Call& call, Recipients& recipients) {
  const std::string& chat = call.path_value;
  if (chat.starts_with("grp_") && chat.find(',') == std::string::npos) {
    recipients.group = call.state.store.FindGroup(Version::kV2, chat);
    if (recipients.group == nullptr) return call.RefuseV2(404, "There is no such group.");
    if (!recipients.group->chat_guid && recipients.group->members.empty()) {
      return call.RefuseV2(400, "The group is not linked to a chat and has no members to make one with.");
    }
    recipients.people = recipients.group->members;
    return std::nullopt;
  }
  for (std::string_view part : Split(chat, ',')) {
    if (!IsIdentifier(part)) {
      return call.RefuseV2(400, "chatId has to be a phone number, an e-mail address, a group id or a list.");
    }
    recipients.people.emplace_back(part);
  }
  recipients.is_list = recipients.people.size() > 1;
  recipients.people = DistinctIdentifiers(recipients.people);
  return std::nullopt;
}

// X-From-Number, else from_number of the body, else the first own number.
std::optional<HttpResponse> ReadSender(const Call& call, const V2Content& content, std::string& sender) {
  const auto headers = HeaderValues(call.request.headers, "X-From-Number");
  if (headers.size() > 1) return call.RefuseV2(400, "X-From-Number comes twice.");
  if (!headers.empty() && content.from_number && headers[0] != *content.from_number) {
    return call.RefuseV2(400, "X-From-Number and from_number differ.");
  }
  sender = OwnNumbers().front();
  if (content.from_number) sender = *content.from_number;
  if (!headers.empty()) sender = headers[0];
  if (!IsPhone(sender)) return call.RefuseV2(400, "The sender has to be a phone number (E.164).");
  if (std::ranges::find(OwnNumbers(), sender) == OwnNumbers().end()) {
    return call.RefuseV2(403, "The sender does not belong to the organisation.");
  }
  return std::nullopt;
}

std::optional<HttpResponse> CheckReply(const Call& call, const V2Content& content, const std::string& chat) {
  if (!content.reply_to_id && !content.reply_to_guid) return std::nullopt;
  if (content.several) {
    return call.RefuseV2(400, "Several messages cannot be a reply.", "reply_target_not_supported");
  }
  // GUIDs are the device's business; the answer says that nothing was found.
  if (content.reply_to_guid) return std::nullopt;
  const Message* target = call.state.store.FindMessage(*content.reply_to_id);
  const bool is_demo = *content.reply_to_id == kDemoMessage;
  if (!is_demo && (target == nullptr || target->version != Version::kV2)) {
    return call.RefuseV2(404, "There is no such message to reply to.", "reply_target_not_found");
  }
  if (chat != (is_demo ? kDemoPerson : std::string_view(target->chat))) {
    return call.RefuseV2(400, "The message to reply to is of another chat.", "reply_target_chat_mismatch");
  }
  return std::nullopt;
}

// The first recipient that the fixtures know, or nullptr.
const RecipientFixture* FindFixture(const std::vector<std::string>& people) {
  for (const std::string& person : people) {
    if (const RecipientFixture* fixture = FindRecipientFixture(person)) return fixture;
  }
  return nullptr;
}

void JoinPeopleInGroup(Store& store, Recipients& recipients) {
  recipients.group = store.FindGroupByPeople(recipients.people);
  recipients.group_created = recipients.group == nullptr;
  if (!recipients.group_created) return;
  Group group;
  group.members = recipients.people;
  recipients.group = &store.AddGroup(std::move(group));
}

void NoteInGroup(Store& store, Group& group, const std::vector<std::string>& texts) {
  if (!group.chat_guid) store.LinkGroup(group, NewId("iMessage;+;chat"));
  group.message_count += static_cast<int64_t>(texts.size());
  group.last_message_text = texts.back();
  group.last_message_time = store.NowMs();
}

}  // namespace

HttpResponse SendMessageV2(const Call& call) {
  Recipients recipients;
  if (auto refusal = ReadRecipients(call, recipients)) return *std::move(refusal);
  V2Content content;
  if (auto violation = ReadV2Content(call.body, content)) return call.RefuseV2(400, violation->message);
  std::string key;
  if (!ReadIdempotencyKey(call.request, key)) {
    return call.RefuseV2(400, "Idempotency-Key has to be 1 to 255 visible ASCII characters.");
  }
  if (const auto* record = key.empty() ? nullptr : call.state.v2_records.Find(key)) {
    HttpResponse original = record->response;
    original.status = 200;
    return original;
  }
  std::string sender;
  if (auto refusal = ReadSender(call, content, sender)) return *std::move(refusal);
  const RecipientFixture* fixture = recipients.group == nullptr ? FindFixture(recipients.people) : nullptr;
  if (fixture != nullptr && fixture->status >= 400) {
    return call.RefuseV2(fixture->status, fixture->message, fixture->code, Json::parse(fixture->extras));
  }

  Store& store = call.state.store;
  if (recipients.is_list) JoinPeopleInGroup(store, recipients);
  const std::string chat = recipients.group != nullptr ? recipients.group->id : recipients.people.front();
  if (auto refusal = CheckReply(call, content, chat)) return *std::move(refusal);

  const std::string status = fixture != nullptr ? "failed" : "queued";
  Json ids = Json::array();
  for (const std::string& text : content.messages) {
    ids.push_back(
        store.AddMessage({"", Version::kV2, chat, recipients.people, sender, text, status, key, 0}).id);
  }
  for (const std::string& person : recipients.people) store.ContactOf(person);
  if (recipients.group != nullptr) NoteInGroup(store, *recipients.group, content.messages);

  Json body;
  if (content.several) {
    body["message_ids"] = ids;
  } else {
    body["message_id"] = ids[0];
  }
  if (content.batch) body["count"] = ids.size();
  body["status"] = status;
  if (recipients.is_list) {
    body["group_id"] = recipients.group->id;
    body["group_created"] = recipients.group_created;
    body["participants"] = recipients.group->members;
  }
  if (content.reply_to_guid) body["parent_unresolved"] = true;
  HttpResponse response = JsonResponse(202, body);
  if (!key.empty()) call.state.v2_records.Keep(key, "", response);
  return response;
}

}  // namespace blooio::sandbox
