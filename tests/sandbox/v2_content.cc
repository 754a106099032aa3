#include "tests/sandbox/v2_content.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxMetadataBytes = 1024;

const std::string& Text(const Json& value) { return value.get_ref<const std::string&>(); }

// An optional field that may also be null.
const Json* Present(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<Violation> CheckLinkPreview(const Json& preview, const std::string& path) {
  static constexpr Field kFields[] = {{"image_url", kString}, {"title", kString}};
  return CheckFields(preview, kFields, path + ".");
}

std::optional<Violation> CheckEffect(std::string_view effect) {
  static constexpr std::string_view kEffects[] = {
      "slam",     "loud", "gentle", "invisible ink", "echo",        "spotlight", "balloons",
      "confetti", "love", "lasers", "fireworks",     "celebration", "none"};
  std::string plain = Lower(effect);
  std::ranges::replace(plain, '-', ' ');
  if (std::ranges::find(kEffects, plain) != std::end(kEffects)) return std::nullopt;
  return Invalid("effect", "is not a known effect.");
}

std::optional<Violation> ReadText(const Json& text, V2Content& content) {
  content.several = text.is_array();
  const Json list = text.is_array() ? text : Json::array({text});
  if (list.empty()) return Invalid("text", "must not be an empty array.");
  for (const Json& item : list) {
    if (!item.is_string() || Text(item).empty()) return Invalid("text", "must not hold empty texts.");
    content.messages.push_back(Text(item));
  }
  return std::nullopt;
}

std::optional<Violation> CheckAttachments(const Json& attachments) {
  if (attachments.empty()) return Invalid("attachments", "must not be empty.");
  for (size_t i = 0; i < attachments.size(); ++i) {
    const std::string path = Concat({"attachments[", i, "]"});
    const Json* url = &attachments[i];
    if (url->is_object()) {
      static constexpr Field kFields[] = {{"url", kString, true}, {"name", kString}};
      if (auto violation = CheckFields(*url, kFields, path + ".")) return violation;
      url = &attachments[i]["url"];
    }
    if (!url->is_string() || !IsHttpsUrl(Text(*url))) return Invalid(path, "has to be an https URL.");
  }
  return std::nullopt;
}

std::optional<Violation> CheckPart(const Json& part, const std::string& path) {
  if (!part.is_object()) return Invalid(path, "has to be an object.");
  static constexpr Field kFields[] = {{"text", kString},
                                      {"mention", kString},
                                      {"url", kString},
                                      {"name", kString},
                                      {"link_preview", kObject}};
  if (auto violation = CheckFields(part, kFields, path + ".")) return violation;
  if (part.contains("text") == part.contains("url")) return Invalid(path, "needs either text or url.");
  if (part.contains("mention") && (!part.contains("text") || !IsIdentifier(Text(part["mention"])))) {
    return Invalid(path, "may mention a phone number or an e-mail address, with text only.");
  }
  if (part.contains("name") && !part.contains("url")) return Invalid(path, "may have a name with url only.");
  if (part.contains("text") && Text(part["text"]).empty()) return Invalid(path, "has an empty text.");
  if (part.contains("url") && !IsHttpsUrl(Text(part["url"]))) return Invalid(path, "needs an https URL.");
  return part.contains("link_preview") ? CheckLinkPreview(part["link_preview"], path + ".link_preview")
                                       : std::nullopt;
}

std::optional<Violation> ReadParts(const Json& parts, V2Content& content) {
  if (parts.empty()) return Invalid("parts", "must not be empty.");
  std::string bubble;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (auto violation = CheckPart(parts[i], Concat({"parts[", i, "]"}))) return violation;
    content.batch = content.batch || parts[i].contains("link_preview");
    if (parts[i].contains("text")) bubble += Text(parts[i]["text"]);
  }
  if (!content.batch) {
    content.messages.push_back(std::move(bubble));
    return std::nullopt;
  }
  content.several = true;
  for (const Json& part : parts) {
    if (!part.contains("text") || !IsWebUrl(Text(part["text"]))) {
      return Invalid("parts", "with a link_preview have to be one URL each, as text.");
    }
    content.messages.push_back(Text(part["text"]));
  }
  return std::nullopt;
}

std::optional<Violation> ReadReplyTo(const Json& reply_to, V2Content& content) {
  static constexpr Field kFields[] = {{"message_id", kString}, {"guid", kString}, {"part_index", kInteger}};
  if (auto violation = CheckFields(reply_to, kFields, "reply_to.")) return violation;
  if (reply_to.contains("message_id") == reply_to.contains("guid")) {
    return Invalid("reply_to", "needs either message_id or guid.");
  }
  if (reply_to.contains("part_index") && !reply_to.contains("guid")) {
    return Invalid("reply_to", "may have a part_index with guid only.");
  }
  if (reply_to.contains("guid")) {
    content.reply_to_guid = Text(reply_to["guid"]);
  } else {
    content.reply_to_id = Text(reply_to["message_id"]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Violation> ReadV2Content(const Json& body, V2Content& content) {
  static constexpr Field kFields[] = {{"text", kString | kArray},  {"attachments", kArray},
                                      {"parts", kArray},           {"link_preview", kObject | kNull},
                                      {"effect", kString | kNull}, {"reply_to", kObject},
                                      {"from_number", kString},    {"use_typing_indicator", kBoolean},
                                      {"share_contact", kBoolean}, {"metadata", kObject}};
  if (auto violation = CheckFields(body, kFields, "")) return violation;

  const Json* text = Present(body, "text");
  const Json* attachments = Present(body, "attachments");
  const Json* parts = Present(body, "parts");
  if (text == nullptr && attachments == nullptr && parts == nullptr) {
    return Invalid("text", "or attachments or parts is required.");
  }
  if (parts != nullptr && (text != nullptr || attachments != nullptr)) {
    return Invalid("parts", "stands in place of text and attachments.");
  }
  std::optional<Violation> violation;
  if (text != nullptr) violation = ReadText(*text, content);
  if (!violation && attachments != nullptr) violation = CheckAttachments(*attachments);
  if (!violation && parts != nullptr) violation = ReadParts(*parts, content);
  if (violation) return violation;
  if (content.messages.empty()) content.messages.emplace_back();

  if (const Json* preview = Present(body, "link_preview"))
    violation = CheckLinkPreview(*preview, "link_preview");
  if (const Json* effect = Present(body, "effect"); !violation && effect != nullptr) {
    violation = parts != nullptr ? Invalid("effect", "does not go with parts.") : CheckEffect(Text(*effect));
  }
  if (const Json* reply_to = Present(body, "reply_to"); !violation && reply_to != nullptr) {
    violation = ReadReplyTo(*reply_to, content);
  }
  if (violation) return violation;
  if (body.contains("metadata") && body["metadata"].dump().size() > kMaxMetadataBytes) {
    return Invalid("metadata", "has more than 1 KB.");
  }
  if (body.contains("from_number")) content.from_number = Text(body["from_number"]);
  return std::nullopt;
}

}  // namespace blooio::sandbox
