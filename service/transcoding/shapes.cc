#include "service/transcoding/shapes.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace blooio::gateway {
namespace {

using rest::v1::Shape;

bool IsE164(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), absl::ascii_isdigit);
}

// A comma would make one address a list, a blank or control character two words.
bool IsOneWord(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte <= 0x20 || byte == 0x7F || c == ',';
  });
}

bool IsEmail(std::string_view text) {
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && IsOneWord(text);
}

}  // namespace

bool IsVisibleAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

bool HasShape(std::string_view text, Shape shape) {
  switch (shape) {
    case rest::v1::SHAPE_E164:
      return IsE164(text);
    case rest::v1::SHAPE_EMAIL:
      return IsEmail(text);
    case rest::v1::SHAPE_E164_OR_EMAIL:
      return IsE164(text) || IsEmail(text);
    case rest::v1::SHAPE_CHAT_ID:
      return text.starts_with("chat_") && text.size() > 5;
    case rest::v1::SHAPE_GROUP_ID:
      return text.starts_with("grp_") && text.size() > 4 && IsOneWord(text);
    case rest::v1::SHAPE_VISIBLE_ASCII:
      return IsVisibleAscii(text);
    default:
      return true;
  }
}

std::string_view DescribeShape(Shape shape) {
  switch (shape) {
    case rest::v1::SHAPE_E164:
      return "a phone number in E.164 form: +, then 2 to 15 digits";
    case rest::v1::SHAPE_EMAIL:
      return "an e-mail address without commas or blanks";
    case rest::v1::SHAPE_E164_OR_EMAIL:
      return "a phone number in E.164 form (+, then 2 to 15 digits) or an e-mail address without commas or "
             "blanks";
    case rest::v1::SHAPE_CHAT_ID:
      return "a chat id, which begins with chat_";
    case rest::v1::SHAPE_GROUP_ID:
      return "a group id, which begins with grp_ and has no commas or blanks";
    case rest::v1::SHAPE_VISIBLE_ASCII:
      return "visible ASCII, without blanks or line breaks";
    default:
      return "text";
  }
}

}  // namespace blooio::gateway
