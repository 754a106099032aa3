#include "service/ledger/operation.h"

#include <array>
#include <charconv>

#include "absl/strings/escaping.h"
#include "service/base/text.h"

namespace blooio::gateway {

OperationId IdOfOperation(std::string_view caller, std::string_view account, std::string_view method,
                          std::string_view key) {
  std::string text;
  text.reserve(caller.size() + account.size() + method.size() + key.size() + 3);
  for (std::string_view part : {caller, account, method}) {
    text += part;
    text += '\0';
  }
  text += key;
  return Sha256(text);
}

std::string UpstreamKey(const OperationId& id) {
  constexpr size_t kBytes = 16;
  return absl::BytesToHexString({reinterpret_cast<const char*>(id.data()), kBytes});
}

Digest PayloadOf(const RestRequest& request, std::string_view key) {
  // Each part with its length: no two requests run together to the same text.
  std::string text;
  // Of one header at most, as a rule.
  text.reserve(key.size() + request.path.size() + request.body.size() + 128);
  const auto add = [&text](std::string_view part) {
    std::array<char, 20> digits;
    text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), part.size()).ptr);
    (text += ':').append(part);
  };
  add(key);
  Append(&text, static_cast<int>(request.verb), request.has_body ? "+" : "-");
  add(request.path);
  for (const Header& header : request.headers) {
    add(header.name);
    add(header.value);
  }
  Append(&text, "|");
  add(request.body);
  return Sha256(text);
}

}  // namespace blooio::gateway
