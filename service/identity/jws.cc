#include "service/identity/jws.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "service/identity/base64url.h"
#include "service/identity/strict_json.h"

namespace blooio::gateway {
namespace {

IdentityFailure ReadHeader(std::string_view text, Jws& jws) {
  const auto header = ParseStrictObject(text);
  if (!header) return IdentityFailure::kTokenMalformed;
  const std::string* name = StringMember(*header, "alg");
  if (name == nullptr) return IdentityFailure::kTokenMalformed;
  const std::optional<SignatureAlgorithm> algorithm = AlgorithmNamed(*name);
  if (!algorithm) return IdentityFailure::kTokenAlgorithm;
  // Says what has to be understood beyond the standard: nothing is.
  if (header->contains("crit")) return IdentityFailure::kTokenMalformed;
  jws.algorithm = *algorithm;
  if (header->contains("kid")) {
    const std::string* key_id = StringMember(*header, "kid");
    if (key_id == nullptr) return IdentityFailure::kTokenMalformed;
    jws.key_id = *key_id;
  }
  return IdentityFailure::kNone;
}

}  // namespace

std::optional<SignatureAlgorithm> AlgorithmNamed(std::string_view name) {
  if (name == "RS256") return SignatureAlgorithm::kRs256;
  if (name == "ES256") return SignatureAlgorithm::kEs256;
  return std::nullopt;
}

bool HasJwsShape(std::string_view token) { return std::count(token.begin(), token.end(), '.') == 2; }

IdentityFailure ReadJws(std::string_view token, Jws& jws) {
  if (!HasJwsShape(token)) return IdentityFailure::kTokenMalformed;
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  // In base64url, three bytes are four characters.
  if (first > (kMaxJwsHeaderBytes + 2) / 3 * 4) return IdentityFailure::kTokenMalformed;
  const auto header = DecodeBase64Url(token.substr(0, first));
  auto payload = DecodeBase64Url(token.substr(first + 1, second - first - 1));
  auto signature = DecodeBase64Url(token.substr(second + 1));
  if (!header || !payload || !signature) return IdentityFailure::kTokenMalformed;
  // The header comes first, so that a token without a signature is told why.
  if (const auto failure = ReadHeader(*header, jws); failure != IdentityFailure::kNone) return failure;
  if (payload->empty() || signature->empty()) return IdentityFailure::kTokenMalformed;
  jws.signing_input = token.substr(0, second);
  jws.payload = *std::move(payload);
  jws.signature = *std::move(signature);
  return IdentityFailure::kNone;
}

}  // namespace blooio::gateway
