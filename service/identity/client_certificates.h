// Client certificates of TLS connections as proof of who calls.
//
// Why here and not in the handshake: the listener asks for a certificate and
// lets TLS prove that the client has its private key, but whether the
// certificate is any good is decided for every call. So a wrong one is answered
// with UNAUTHENTICATED, which says why, instead of a connection that breaks; and
// one that expires, or whose authority is withdrawn, stops working on the
// connections that it has opened, too.
//
// A certificate that was verified is remembered by its digest until it, or
// another of its chain, expires; one that was refused is not. Revocation lists
// are not read: take the name out of the configuration, or the authority out of
// the file.
//
// Thread-safe. Outlived by its clock.
//
//   ClientCertificates certificates(clock);
//   absl::Status loaded = certificates.Load(ReadFile(config.client_ca_file()));
//   auto [names, failure] = certificates.Verify(leaf_pem, chain_pem);
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "service/base/openssl_handles.h"
#include "service/identity/certificate_names.h"
#include "service/identity/digest_cache.h"
#include "service/identity/failure.h"
#include "service/identity/replaceable.h"

namespace blooio::gateway {

class ClientCertificates {
 public:
  static constexpr size_t kMaxBundleBytes = 1 << 20;
  // Verified certificates that are remembered.
  static constexpr size_t kRemembered = 10'000;

  explicit ClientCertificates(const Clock& clock, size_t remembered = kRemembered)
      : clock_(clock), remembered_(remembered), chains_(kRememberedChains) {}

  // Trusts the authorities in `pem`, intermediate ones as well as roots, in place
  // of those it has, and forgets what was verified with them. On an error,
  // kInvalidArgument with the second half of a sentence about the file, everything
  // stays as it was. Until the first success every certificate is untrusted.
  absl::Status Load(std::string_view pem);

  struct Verified {
    // Null when the certificate is not accepted.
    std::shared_ptr<const CertificateNames> names;
    IdentityFailure failure = IdentityFailure::kNone;
  };
  // `leaf` is the client's certificate and `chain` what else it sent, both PEM;
  // `chain` may hold the leaf again.
  Verified Verify(std::string_view leaf, std::string_view chain) const;

 private:
  static constexpr size_t kRememberedChains = 1'000;

  struct State {
    State(StorePtr store, size_t remembered) : store(std::move(store)), names(remembered) {}
    const StorePtr store;
    // Goes with the authorities that it was verified with.
    mutable DigestCache<CertificateNames> names;
  };

  Verified VerifyAnew(const State& state, std::string_view leaf, const Digest& digest, std::string_view chain,
                      absl::Time now) const;

  const Clock& clock_;
  const size_t remembered_;
  Replaceable<State> state_;
  // What verified certificates came with: a resumed TLS session shows the leaf
  // alone. Nothing but a help to find a way to an authority.
  mutable DigestCache<std::string> chains_;
};

}  // namespace blooio::gateway
