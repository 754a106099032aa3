#include "service/identity/token_claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "service/base/service_account.h"
#include "service/identity/strict_json.h"

namespace blooio::gateway {
namespace {

using nlohmann::json;

// Beyond it a double no longer counts seconds, and no token lives so long.
constexpr double kLatestSecond = 1e12;

// A NumericDate: seconds since 1970, perhaps with a fraction.
std::optional<absl::Time> TimeOf(const json& value) {
  if (!value.is_number()) return std::nullopt;
  const auto seconds = value.get<double>();
  if (!(seconds >= 0 && seconds <= kLatestSecond)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

bool IsFor(const json& audience, const std::string& wanted) {
  if (audience.is_string()) return audience == wanted;
  return audience.is_array() && std::find(audience.begin(), audience.end(), json(wanted)) != audience.end();
}

// kNone unless the claim of that name is there and says a later time.
IdentityFailure CheckNotBefore(const json& payload, const char* name, absl::Time now) {
  const auto claim = payload.find(name);
  if (claim == payload.end()) return IdentityFailure::kNone;
  const std::optional<absl::Time> time = TimeOf(*claim);
  if (!time) return IdentityFailure::kTokenClaims;
  return now + kClockSkew < *time ? IdentityFailure::kTokenNotYetValid : IdentityFailure::kNone;
}

}  // namespace

IdentityFailure ReadClaims(std::string_view text, const ExpectedClaims& expected, absl::Time now,
                           TokenClaims& claims) {
  const auto payload = ParseStrictObject(text);
  if (!payload) return IdentityFailure::kTokenMalformed;
  const std::string* issuer = StringMember(*payload, "iss");
  const std::string* subject = StringMember(*payload, "sub");
  const auto audience = payload->find("aud");
  const auto expiry = payload->find("exp");
  if (issuer == nullptr || subject == nullptr || audience == payload->end() || expiry == payload->end()) {
    return IdentityFailure::kTokenClaims;
  }
  if (*issuer != expected.issuer) return IdentityFailure::kTokenIssuer;
  if (!IsFor(*audience, expected.audience)) return IdentityFailure::kTokenAudience;
  const std::optional<absl::Time> expires = TimeOf(*expiry);
  if (!expires || !IsServiceAccount(*subject)) return IdentityFailure::kTokenClaims;
  if (now >= *expires + kClockSkew) return IdentityFailure::kTokenExpired;
  for (const char* name : {"nbf", "iat"}) {
    const IdentityFailure failure = CheckNotBefore(*payload, name, now);
    if (failure != IdentityFailure::kNone) return failure;
  }
  claims = {*subject, *expires + kClockSkew};
  return IdentityFailure::kNone;
}

}  // namespace blooio::gateway
