#include <utility>

#include "tests/sandbox/fields.h"
#include "tests/sandbox/v4.h"
#include "tests/sandbox/v4_refusal.h"

namespace blooio::sandbox {
namespace {

std::optional<HttpResponse> CheckBody(const Json& body) {
  static constexpr Field kFields[] = {{"content", kObject, true}, {"dry_run", kBoolean}};
  if (auto violation = CheckFields(body, kFields, "")) return RefuseV4(*violation);

  const Json& content = body["content"];
  const auto type = content.find("type");
  if (type != content.end() && *type != "text") {
    return RefuseV4(Invalid("content.type", "has to be \"text\"."), "invalid_content");
  }
  static constexpr Field kContent[] = {{"type", kString, true},
                                       {"text", kString, true},
                                       {"reply_to", kString},
                                       {"effect", kString},
                                       {"link_preview", kObject}};
  if (auto violation = CheckFields(content, kContent, "content.")) {
    return RefuseV4(*violation, "invalid_content");
  }
  if (content["text"] == "")
    return RefuseV4(Invalid("content.text", "must not be empty."), "invalid_content");
  if (content.contains("link_preview")) {
    static constexpr Field kPreview[] = {{"imageUrl", kString}, {"title", kString}};
    if (auto violation = CheckFields(content["link_preview"], kPreview, "content.link_preview.")) {
      return RefuseV4(*violation, "invalid_content");
    }
  }
  return std::nullopt;
}

// What a chat that is not there, or cannot be used, answers.
std::optional<HttpResponse> CheckChat(const Chat* chat) {
  if (chat == nullptr) return V4Error(404, "not_found", "There is no such chat.");
  if (chat->behaviour == ChatBehaviour::kNotImplemented) {
    return V4Error(501, "not_implemented", "This endpoint is not implemented yet.",
                   {{"resource", "chat messages"}});
  }
  return std::nullopt;
}

std::optional<HttpResponse> CheckState(const Chat& chat) {
  if (chat.behaviour == ChatBehaviour::kClosed) return V4Error(409, "chat_closed", "The chat is closed.");
  if (chat.behaviour == ChatBehaviour::kChannelInactive) {
    return V4Error(409, "channel_not_active", "The chat's channel is not active.");
  }
  return std::nullopt;
}

HttpResponse DryRun(const Chat& chat, const Json& content) {
  return JsonResponse(200, {{"dry_run", true},
                            {"would_send", chat.behaviour == ChatBehaviour::kDelivers},
                            {"chat_id", chat.id},
                            {"channel_id", chat.channel_id},
                            {"channel_type", chat.channel_type},
                            {"preview", {{"type", "text"}, {"text", content["text"]}}}});
}

HttpResponse Send(const Chat& chat, const std::string& text, const std::string& key, Store& store) {
  const bool fails = chat.behaviour == ChatBehaviour::kFails;
  const Message& message = store.AddMessage(
      {"", Version::kV4, chat.id, {chat.to}, chat.channel_id, text, fails ? "failed" : "queued", key, 0});
  Json body = {{"id", message.id},
               {"chat_id", chat.id},
               {"channel_id", chat.channel_id},
               {"channel_type", chat.channel_type},
               {"protocol", nullptr},
               {"direction", "outbound"},
               {"type", "text"},
               {"status", message.status},
               {"error", nullptr}};
  if (fails) {
    body["error"] = {{"code", "recipient_unreachable"}, {"message", "The recipient cannot be reached."}};
    body["fallback"] = {{"recommended", true}, {"reason", "recipient_unreachable"}};
  }
  return JsonResponse(201, body);
}

}  // namespace

HttpResponse SendChatMessageV4(const Call& call) {
  const Chat* chat = call.state.store.FindChat(call.path_value);
  if (auto refusal = CheckChat(chat)) return *std::move(refusal);
  if (auto refusal = CheckBody(call.body)) return *std::move(refusal);
  std::string key;
  if (!ReadIdempotencyKey(call.request, key)) {
    return V4Error(400, "bad_request", "Idempotency-Key has to be 1 to 255 visible ASCII characters.");
  }
  const std::string fingerprint = RequestFingerprint(call.request);
  if (const auto* record = key.empty() ? nullptr : call.state.v4_records.Find(key)) {
    if (record->fingerprint == fingerprint) return record->response;
    return V4Error(409, "idempotency_key_reused", "This Idempotency-Key was used with another body.");
  }
  if (auto refusal = CheckState(*chat)) return *std::move(refusal);
  // A dry run makes nothing, so it does not take the key.
  if (call.body.value("dry_run", false)) return DryRun(*chat, call.body["content"]);

  HttpResponse response =
      Send(*chat, call.body["content"]["text"].get_ref<const std::string&>(), key, call.state.store);
  if (!key.empty()) call.state.v4_records.Keep(key, fingerprint, response);
  return response;
}

}  // namespace blooio::sandbox
