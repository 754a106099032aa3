#include "service/identity/client_certificates.h"

#include <algorithm>
#include <utility>

#include "service/base/text.h"
#include "service/identity/certificate_time.h"
#include "service/identity/pem.h"

namespace blooio::gateway {
namespace {

constexpr int kMostAuthorities = 1'000;
constexpr int kMostInChain = 10;
constexpr size_t kMaxChainBytes = 64 << 10;
// 112 bits: RSA of 2,048 bits or more, no SHA-1.
constexpr int kSecurityLevel = 2;

absl::Status UnusableBundle(std::string_view why) { return absl::InvalidArgumentError(Piece(why)); }

IdentityFailure FailureOf(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return IdentityFailure::kCertificateExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return IdentityFailure::kCertificateNotYetValid;
    case X509_V_ERR_INVALID_PURPOSE:
      return IdentityFailure::kCertificatePurpose;
    default:
      return IdentityFailure::kCertificateUntrusted;
  }
}

// When the first of the chain that was found expires.
absl::Time ExpiryOf(const X509_STORE_CTX* verified) {
  absl::Time expires = absl::InfiniteFuture();
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(verified);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    expires = std::min(expires, TimeOf(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return expires;
}

}  // namespace

absl::Status ClientCertificates::Load(std::string_view pem) {
  const ErrorQueueGuard errors;
  if (pem.size() > kMaxBundleBytes) return UnusableBundle(Cat("is longer than ", kMaxBundleBytes, " bytes"));
  const auto authorities = ReadCertificates(pem, kMostAuthorities);
  if (!authorities) return UnusableBundle("has a certificate that cannot be read, or more than 1000");
  if (sk_X509_num(authorities->get()) == 0) return UnusableBundle("has no PEM certificate");
  StorePtr store(X509_STORE_new());
  for (int i = 0; i < sk_X509_num(authorities->get()); ++i) {
    X509_STORE_add_cert(store.get(), sk_X509_value(authorities->get(), i));
  }
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(rules, kMostInChain);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  state_.Set(std::make_shared<const State>(std::move(store), remembered_));
  return absl::OkStatus();
}

ClientCertificates::Verified ClientCertificates::Verify(std::string_view leaf, std::string_view chain) const {
  const std::shared_ptr<const State> state = state_.Get();
  if (state == nullptr) return {nullptr, IdentityFailure::kCertificateUntrusted};
  const Digest digest = Sha256(leaf);
  const absl::Time now = clock_.Now();
  if (auto names = state->names.Find(digest, now)) return {std::move(names)};
  if (!chain.empty()) return VerifyAnew(*state, leaf, digest, chain, now);
  const auto remembered = chains_.Find(digest, now);
  return VerifyAnew(*state, leaf, digest, remembered == nullptr ? "" : *remembered, now);
}

ClientCertificates::Verified ClientCertificates::VerifyAnew(const State& state, std::string_view leaf,
                                                            const Digest& digest, std::string_view chain,
                                                            absl::Time now) const {
  const ErrorQueueGuard errors;
  if (leaf.size() + chain.size() > kMaxChainBytes) return {nullptr, IdentityFailure::kCertificateMalformed};
  const auto certificates = ReadCertificates(leaf, 1);
  const auto others = ReadCertificates(chain, kMostInChain);
  if (!certificates || !others || sk_X509_num(certificates->get()) != 1) {
    return {nullptr, IdentityFailure::kCertificateMalformed};
  }
  X509* certificate = sk_X509_value(certificates->get(), 0);
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), state.store.get(), certificate, others->get());
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) != 1) {
    return {nullptr, FailureOf(X509_STORE_CTX_get_error(context.get()))};
  }
  // An authority vouches for others, it calls nobody.
  if ((X509_get_extension_flags(certificate) & EXFLAG_CA) != 0) {
    return {nullptr, IdentityFailure::kCertificatePurpose};
  }
  const absl::Time expires = ExpiryOf(context.get());
  auto names = std::make_shared<const CertificateNames>(NamesOf(certificate));
  state.names.Insert(digest, names, expires);
  if (!chain.empty()) chains_.Insert(digest, std::make_shared<const std::string>(chain), expires);
  return {std::move(names)};
}

}  // namespace blooio::gateway
