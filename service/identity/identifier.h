// Who is calling?
//
// A call proves it with a bearer token (RFC 6750), with a Kubernetes
// service-account token sent the same way, or with a TLS client certificate; a
// token and a certificate have to belong to the same caller. A credential that
// is presented is never ignored: with one that is wrong the call does not become
// anonymous.
//
// Immutable, so any thread may use it; a new configuration makes a new one,
// which is how a caller is revoked at once. Identifying by token allocates
// nothing and takes well under a microsecond.
//
//   const Identifier identifier(callers, /*anonymous=*/false);   // {.name = "billing", …}
//   const Identity identity = identifier.Identify({.authorization = "Bearer test"});
//   identity.caller->name;    // "billing"
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/identity/caller.h"
#include "service/identity/client_certificates.h"
#include "service/identity/failure.h"
#include "service/identity/proof.h"
#include "service/identity/service_account_tokens.h"

namespace blooio::gateway {

// Longest bearer token, bytes.
inline constexpr size_t kMaxTokenBytes = 16 << 10;

// What a call presents. The views live until Identify returns.
struct Presented {
  // The value of the `authorization` entry, if there is one.
  std::optional<std::string_view> authorization = {};
  // There are several of them, which is refused.
  bool several_authorizations = false;
  // The TLS client's certificate, PEM, and what else it sent; "" without one.
  std::string_view certificate = {};
  std::string_view certificate_chain = {};
};

struct Identity {
  // Null: unauthenticated. Lives as long as the identifier.
  const Caller* caller = nullptr;
  Proof proof = Proof::kNone;
  IdentityFailure failure = IdentityFailure::kNone;
};

class Identifier {
 public:
  // `anonymous`: calls without a credential are served, as the caller of that
  // name. Null: no service-account tokens, no client certificates.
  Identifier(const std::vector<KnownCaller>& callers, bool anonymous,
             std::shared_ptr<const ServiceAccountTokens> service_account_tokens = nullptr,
             std::shared_ptr<const ClientCertificates> client_certificates = nullptr);

  Identity Identify(const Presented& presented) const;

 private:
  struct TokenEntry {
    Digest digest;
    size_t caller;
  };
  using CallerByName = absl::flat_hash_map<std::string, size_t>;

  // Null when nobody has that name.
  const Caller* Named(const CallerByName& names, std::string_view name) const;
  Identity ByAuthorization(std::string_view value) const;
  Identity ByToken(std::string_view token) const;
  Identity ByCertificate(std::string_view leaf, std::string_view chain) const;

  std::vector<Caller> callers_;
  bool anonymous_;
  // In the order of their digests' prefixes.
  std::vector<TokenEntry> tokens_;
  CallerByName spiffe_ids_;
  CallerByName dns_names_;
  CallerByName service_accounts_;
  std::shared_ptr<const ServiceAccountTokens> service_account_tokens_;
  std::shared_ptr<const ClientCertificates> client_certificates_;
};

}  // namespace blooio::gateway
