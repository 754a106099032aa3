#include "tests/sandbox/fault_json.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/fields.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

constexpr int64_t kMaxDelayMs = 3'600'000;
constexpr size_t kMaxBodyBytes = size_t{256} << 20;
// The body of an answer that is cut off although nothing was scripted or done.
constexpr std::string_view kFillerBody = R"({"sandbox":"this answer is cut off before its end"})";

absl::Status Refuse(const std::string& sentence) { return absl::InvalidArgumentError(sentence); }

// The "body", "body_base64" or "body_repeat" of a fault.
absl::StatusOr<std::string> ReadBody(const Json& json) {
  if (json.contains("body") + json.contains("body_base64") + json.contains("body_repeat") > 1) {
    return Refuse("body, body_base64 and body_repeat exclude each other.");
  }
  if (json.contains("body")) return json["body"].get<std::string>();
  if (json.contains("body_base64")) {
    std::string bytes;
    if (!ReadBase64(json["body_base64"].get_ref<const std::string&>(), bytes)) {
      return Refuse("body_base64 is not base64.");
    }
    return bytes;
  }
  if (!json.contains("body_repeat")) return std::string();
  static constexpr Field kFields[] = {{"text", kString, true}, {"times", kInteger, true}};
  if (auto violation = CheckFields(json["body_repeat"], kFields, "body_repeat.")) {
    return Refuse(violation->message);
  }
  const std::string text = json["body_repeat"]["text"].get<std::string>();
  const int64_t times = json["body_repeat"]["times"].get<int64_t>();
  if (times < 0 || (!text.empty() && static_cast<uint64_t>(times) > kMaxBodyBytes / text.size())) {
    return Refuse("body_repeat makes more than 256 MiB.");
  }
  std::string body;
  body.reserve(text.size() * static_cast<size_t>(times));
  for (int64_t i = 0; i < times && !text.empty(); ++i) body += text;
  return body;
}

absl::Status ReadHeaders(const Json& json, Headers& headers) {
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return Refuse("headers have to be texts.");
    const std::string& text = value.get_ref<const std::string&>();
    const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
    const bool bad_name = name.empty() || std::ranges::any_of(name, [](unsigned char c) {
                            return c <= ' ' || c == ':' || c >= 0x7f;
                          });
    if (bad_name || std::ranges::any_of(text, is_control)) return Refuse("a header cannot be written so.");
    if (EqualsIgnoreCase(name, "Content-Length") || EqualsIgnoreCase(name, "Transfer-Encoding")) {
      return Refuse("the sandbox writes Content-Length itself.");
    }
    headers.push_back({name, text});
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpResponse> ReadResponse(const Json& json) {
  HttpResponse response;
  const int64_t status = json["status"].get<int64_t>();
  if (status < 200 || status > 599) return Refuse("status has to be 200 to 599.");
  response.status = static_cast<int>(status);
  absl::StatusOr<std::string> body = ReadBody(json);
  if (!body.ok()) return body.status();
  response.body = *std::move(body);
  if (!response.body.empty() && (status == 204 || status == 304)) return Refuse("204 and 304 have no body.");
  if (json.contains("headers")) {
    if (absl::Status read = ReadHeaders(json["headers"], response.headers); !read.ok()) return read;
  }
  if (!response.body.empty() && HeaderValues(response.headers, "Content-Type").empty()) {
    response.headers.push_back({"Content-Type", "application/json"});
  }
  return response;
}

absl::StatusOr<std::chrono::milliseconds> ReadDelay(const Json& json, std::string_view name) {
  const int64_t delay = json.value(std::string(name), int64_t{0});
  if (delay < 0 || delay > kMaxDelayMs) return Refuse(Concat({name, " has to be 0 to 3600000."}));
  return std::chrono::milliseconds(delay);
}

absl::StatusOr<Cut> ReadCut(const Json& json) {
  const std::string text = json.value("close", "");
  if (!json.contains("close")) return Cut::kNone;
  if (text == "before") return Cut::kBefore;
  if (text == "headers") return Cut::kHeaders;
  if (text == "middle") return Cut::kMiddle;
  return Refuse("close has to be \"before\", \"headers\" or \"middle\".");
}

}  // namespace

absl::StatusOr<Fault> ReadFault(const Json& json) {
  static constexpr Field kFields[] = {
      {"status", kInteger},     {"headers", kObject},          {"body", kString},
      {"body_base64", kString}, {"body_repeat", kObject},      {"delay_before_ms", kInteger},
      {"close", kString},       {"delay_middle_ms", kInteger}, {"reset", kBoolean},
      {"hang", kBoolean},       {"execute", kBoolean}};
  if (auto violation = CheckFields(json, kFields, "fault.")) return Refuse(violation->message);
  if (json.empty()) return Refuse("fault is empty.");

  Fault fault;
  absl::StatusOr<std::chrono::milliseconds> before = ReadDelay(json, "delay_before_ms");
  absl::StatusOr<std::chrono::milliseconds> middle = ReadDelay(json, "delay_middle_ms");
  absl::StatusOr<Cut> cut = ReadCut(json);
  for (const absl::Status& status : {before.status(), middle.status(), cut.status()}) {
    if (!status.ok()) return status;
  }
  fault.delivery = {*before, *middle, *cut, json.value("reset", false), json.value("hang", false)};
  if (fault.delivery.hang && fault.delivery.cut != Cut::kNone)
    return Refuse("hang and close exclude each other.");
  // A reset on its own is a reset in place of an answer.
  if (fault.delivery.reset && fault.delivery.cut == Cut::kNone) {
    if (fault.delivery.hang) return Refuse("hang and reset exclude each other.");
    fault.delivery.cut = Cut::kBefore;
  }

  const bool only_delays =
      !json.contains("status") && fault.delivery.cut == Cut::kNone && !fault.delivery.hang;
  fault.execute = json.value("execute", only_delays);
  if (json.contains("status")) {
    absl::StatusOr<HttpResponse> response = ReadResponse(json);
    if (!response.ok()) return response.status();
    fault.response = *std::move(response);
  } else if (json.contains("headers") || json.contains("body") || json.contains("body_base64") ||
             json.contains("body_repeat")) {
    return Refuse("headers and body go with a status.");
  } else if (!fault.execute) {
    if (only_delays) return Refuse("without status, close or hang the operation has to be executed.");
    fault.response = HttpResponse{200, {{"Content-Type", "application/json"}}, std::string(kFillerBody)};
  }
  return fault;
}

}  // namespace blooio::sandbox
