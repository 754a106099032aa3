#include "tests/sandbox/uri.h"

#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Target SplitTarget(std::string_view raw) {
  Target target;
  const size_t mark = raw.find('?');
  target.path = raw.substr(0, mark);
  if (mark != std::string_view::npos) target.query = raw.substr(mark + 1);
  if (!target.path.empty() && target.path.front() == '/') {
    target.segments = Split(target.path.substr(1), '/');
  }
  return target;
}

std::optional<std::string> Decode(std::string_view encoded) {
  std::string decoded;
  decoded.reserve(encoded.size());
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '+') {
      decoded.push_back(' ');
    } else if (encoded[i] != '%') {
      decoded.push_back(encoded[i]);
    } else {
      if (i + 2 >= encoded.size()) return std::nullopt;
      const int high = HexDigit(encoded[i + 1]);
      const int low = HexDigit(encoded[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

std::optional<Query> ParseQuery(std::string_view query) {
  Query pairs;
  if (query.empty()) return pairs;
  for (std::string_view part : Split(query, '&')) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::optional<std::string> name = Decode(part.substr(0, equals));
    std::optional<std::string> value = Decode(part.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

}  // namespace blooio::sandbox
