// Feeds any bytes to the readers of callers' credentials. The first byte says
// what the rest is: an authorization value, a token's header or claims, or a key
// set. Nobody but the owner of the key, which no longer exists, can have signed
// what is accepted: the token of the corpus.
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "service/base/clock.h"
#include "service/base/service_account.h"
#include "service/identity/base64url.h"
#include "service/identity/identifier.h"
#include "service/identity/jwks.h"
#include "service/identity/token_claims.h"

namespace blooio::gateway {
namespace {

constexpr char kJwks[] = R"({"keys": [{"kty": "EC", "kid": "ec", "alg": "ES256", "crv": "P-256",
    "x": "PqvNQvQ53FIUtfTPv3ZMVa14Qlyn8gYQDD7Hp6M6Gzo",
    "y": "D0dU64kQwZK1h72GuAX4Z_1WPYXKia4CJmpSCQ-Qcpk"}]})";
// What the corpus' token has in front of its signature.
constexpr std::string_view kSigned =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIn0.eyJhdWQiOlsiYmxvb2lvLWdhdGV3YXkiXSwiZXhwIjoxNzAwMDAzNjAwLCJp"
    "YXQiOjE3MDAwMDAwMDAsImlzcyI6Imh0dHBzOi8va3ViZXJuZXRlcy5kZWZhdWx0LnN2YyIsIm5iZiI6MTcwMDAwMDAwMCwi"
    "c3ViIjoic3lzdGVtOnNlcnZpY2VhY2NvdW50OnNob3A6YmlsbGluZyJ9";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

void Require(bool holds, const char* what, std::string_view seen) {
  if (holds) return;
  std::cerr << "broken: " << what << ": " << seen << std::endl;
  std::abort();
}

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return kNow; }
};

const Identifier& TheIdentifier() {
  static const FixedClock clock;
  static const Identifier identifier = [] {
    auto tokens = std::make_shared<ServiceAccountTokens>(
        ExpectedClaims{"https://kubernetes.default.svc", "blooio-gateway"}, clock);
    Require(tokens->Load(kJwks).ok(), "the key set", kJwks);
    const KnownCaller caller = {
        .name = "billing",
        .token_sha256 = {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        .service_accounts = {"system:serviceaccount:shop:billing"}};
    return Identifier({caller}, /*anonymous=*/true, tokens);
  }();
  return identifier;
}

bool IsGenuine(std::string_view token) {
  return token.starts_with(kSigned) && token.substr(kSigned.size()).starts_with('.');
}

void CheckAuthorization(std::string_view value) {
  const Identity first = TheIdentifier().Identify({.authorization = value});
  const Identity again = TheIdentifier().Identify({.authorization = value});
  Require(first.caller == again.caller && first.failure == again.failure, "another answer", value);
  Require((first.caller == nullptr) == (first.failure != IdentityFailure::kNone), "no clear answer", value);
  if (first.caller == nullptr) return;
  Require(first.caller->name == "billing", "a credential made anonymous", value);
  const std::string_view token = value.substr(std::string_view("Bearer ").size());
  Require(first.proof == Proof::kToken ? token == "test" : IsGenuine(token), "a forged token", value);
}

void CheckClaims(std::string_view payload) {
  TokenClaims claims;
  const ExpectedClaims expected = {"https://kubernetes.default.svc", "blooio-gateway"};
  if (ReadClaims(payload, expected, kNow, claims) != IdentityFailure::kNone) return;
  Require(IsServiceAccount(claims.subject), "a subject that is no service account", payload);
  Require(claims.expires > kNow, "claims that have expired", payload);
}

void CheckKeys(std::string_view text) {
  const absl::StatusOr<Jwks> keys = Jwks::Parse(text);
  if (keys.ok()) Require(text.size() <= Jwks::kMaxBytes, "too long a key set", text);
}

void CheckHeader(std::string_view text) {
  // No encoder is needed to look at what decodes.
  Jws jws;
  const std::string token = std::string(text) + ".e30.AA";
  const IdentityFailure failure = ReadJws(token, jws);
  Require(failure != IdentityFailure::kNone || DecodeBase64Url(text).has_value(), "a header of nothing",
          text);
}

}  // namespace
}  // namespace blooio::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace blooio::gateway;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0]) {
    case 'c':
      CheckClaims(rest);
      break;
    case 'h':
      CheckHeader(rest);
      break;
    case 'j':
      CheckKeys(rest);
      break;
    default:
      CheckAuthorization(rest);
  }
  return 0;
}
