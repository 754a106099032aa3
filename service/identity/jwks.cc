#include "service/identity/jwks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "service/base/text.h"
#include "service/identity/strict_json.h"

namespace blooio::gateway {
namespace {

absl::Status UnusableSet(std::string_view why) { return absl::InvalidArgumentError(Piece(why)); }

}  // namespace

absl::StatusOr<Jwks> Jwks::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) return UnusableSet(Cat("is longer than ", kMaxBytes, " bytes"));
  const auto set = ParseStrictObject(text);
  if (!set) return UnusableSet("is not one well-formed JSON object");
  const auto keys = set->find("keys");
  if (keys == set->end() || !keys->is_array()) return UnusableSet("has no list \"keys\"");
  if (keys->size() > kMaxKeys) return UnusableSet(Cat("has more than ", kMaxKeys, " keys"));
  Jwks jwks;
  for (const nlohmann::json& json : *keys) {
    std::optional<Jwk> key = ReadJwk(json);
    if (!key) continue;
    const auto same_id = [&](const Jwk& other) { return other.id == key->id; };
    if (std::any_of(jwks.keys_.begin(), jwks.keys_.end(), same_id)) {
      return UnusableSet("has two keys with the same \"kid\", or without one");
    }
    jwks.keys_.push_back(*std::move(key));
  }
  if (jwks.keys_.empty()) {
    return UnusableSet("has no key for RS256 (RSA, 2048 to 4096 bits) or ES256 (EC, P-256)");
  }
  return jwks;
}

const Jwk* Jwks::KeyFor(const Jws& jws) const {
  if (!jws.key_id) return keys_.size() == 1 ? &keys_.front() : nullptr;
  const auto is_it = [&](const Jwk& key) { return !key.id.empty() && key.id == *jws.key_id; };
  const auto found = std::find_if(keys_.begin(), keys_.end(), is_it);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace blooio::gateway
