#include "tests/sandbox/journal.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/idempotency.h"
#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxEntries = 100'000;
constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr size_t kFingerprintDigits = 8;

// "Bearer abc" becomes "Bearer sha256:ba7816bf"; without a scheme the whole
// value counts as the key.
std::string Fingerprint(std::string_view authorization) {
  const size_t blank = authorization.find(' ');
  const size_t key = blank == std::string_view::npos ? 0 : blank + 1;
  return Concat({authorization.substr(0, key), KeyFingerprint(authorization.substr(key))});
}

}  // namespace

std::string KeyFingerprint(std::string_view key) {
  return "sha256:" + HexSha256(key).substr(0, kFingerprintDigits);
}

Journal::Journal() : entries_(kMaxEntries, kMaxBytes) {}

uint64_t Journal::Add(const HttpRequest& request) {
  Entry entry{request, std::nullopt, std::nullopt};
  size_t bytes = sizeof(Entry) + request.target.size() + request.body.size();
  for (Header& header : entry.request.headers) {
    if (EqualsIgnoreCase(header.name, "Authorization")) header.value = Fingerprint(header.value);
    bytes += sizeof(Header) + header.name.size() + header.value.size();
  }
  entries_.Push(std::move(entry), bytes);
  return entries_.total();
}

void Journal::SetAnswered(uint64_t number, int status) {
  if (Entry* entry = Find(number)) entry->answered = status;
}

void Journal::SetFault(uint64_t number, uint64_t fault) {
  if (Entry* entry = Find(number)) entry->fault = fault;
}

void Journal::Clear() { entries_.Clear(/*keep_total=*/true); }

Json Journal::List(uint64_t after, uint64_t limit) const {
  Json requests = Json::array();
  const uint64_t skipped = after > forgotten() ? after - forgotten() : 0;
  for (uint64_t i = skipped; i < entries_.size() && requests.size() < limit; ++i) {
    requests.push_back(EntryJson(forgotten() + i + 1, entries_[i]));
  }
  return {{"requests", std::move(requests)}, {"forgotten", forgotten()}};
}

Journal::Entry* Journal::Find(uint64_t number) {
  if (number <= forgotten() || number > entries_.total()) return nullptr;
  return &entries_[number - forgotten() - 1];
}

Json Journal::EntryJson(uint64_t number, const Entry& entry) {
  Json headers = Json::array();
  for (const Header& header : entry.request.headers) {
    headers.push_back(Json::array({header.name, header.value}));
  }
  Json json = {{"number", number},
               {"connection", entry.request.connection},
               {"verb", entry.request.verb},
               {"target", entry.request.target},
               {"headers", std::move(headers)}};
  if (IsUtf8(entry.request.body)) {
    json["body"] = entry.request.body;
  } else {
    json["body_base64"] = Base64(entry.request.body);
  }
  json["answered"] = entry.answered ? Json(*entry.answered) : Json(nullptr);
  json["fault"] = entry.fault ? Json(*entry.fault) : Json(nullptr);
  return json;
}

}  // namespace blooio::sandbox
