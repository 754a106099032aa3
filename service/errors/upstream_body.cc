#include "service/errors/upstream_body.h"

#include <nlohmann/json.hpp>

#include "service/base/json_text.h"
#include "service/base/redact.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMostBytes = 65536;
// What says nothing: the name of the error's class, not its cause.
constexpr std::string_view kNothingSaid = "ApiError";

// Keeps the texts under error, message, code, error.code and error.message.
class ComplaintHandler {
 public:
  std::string error, message, code;
  bool has_code = false;

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(int64_t value) { return Number(std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return Number(std::to_string(value)); }
  bool number_float(double, const std::string&) { return true; }
  bool string(std::string& value) {
    if (std::string* target = Target()) *target = std::move(value);
    return true;
  }
  bool start_object(size_t) { return Open(true); }
  bool end_object() { return Close(); }
  bool start_array(size_t) { return Open(false); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    if (depth_ == 1) outer_key_ = name;
    key_ = std::move(name);
    return true;
  }
  template <class Binary>
  bool binary(Binary&) {
    return false;
  }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception&) {
    return false;
  }

 private:
  bool Open(bool object) {
    ++depth_;
    if (!object) ++arrays_;
    return depth_ <= kMaxJsonDepth;
  }
  bool Close() {
    --depth_;
    if (depth_ <= 1) arrays_ = 0;
    return true;
  }
  bool Number(std::string value) {
    if (std::string* target = Target(); target == &code) code = std::move(value);
    return true;
  }
  std::string* Target() {
    if (arrays_ > 0 || depth_ < 1 || depth_ > 2) return nullptr;
    if (depth_ == 2 && outer_key_ != "error") return nullptr;
    if (depth_ == 1 && key_ == "error") return &error;
    if (key_ == "message") return &message;
    if (key_ != "code") return nullptr;
    has_code = true;
    return &code;
  }

  int depth_ = 0;
  int arrays_ = 0;
  std::string outer_key_, key_;
};

}  // namespace

UpstreamComplaint ReadComplaint(std::string_view body) {
  UpstreamComplaint complaint;
  const size_t first = body.find_first_not_of(" \t\r\n");
  complaint.is_json = first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  if (!complaint.is_json) return complaint;
  std::string storage;
  const std::string_view sound = RepairJsonText(body.substr(0, kMostBytes), storage);
  ComplaintHandler handler;
  // What was read before the text broke off is still what the upstream said.
  (void)nlohmann::json::sax_parse(sound.begin(), sound.end(), &handler);
  complaint.has_code = handler.has_code;
  complaint.code = SafeCode(handler.code);
  const bool says_nothing = handler.error.empty() || handler.error == kNothingSaid;
  complaint.message = QuoteForPeople(!handler.message.empty() ? handler.message
                                     : says_nothing           ? std::string_view()
                                                              : std::string_view(handler.error));
  return complaint;
}

}  // namespace blooio::gateway
