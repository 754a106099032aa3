#include "service/server/identity_builder.h"

#include <optional>
#include <utility>

#include "service/base/clock.h"
#include "service/base/text.h"
#include "service/server/watched_file.h"

namespace blooio::gateway {
namespace {

// A verifier and the file that it is loaded from, which is watched as long as
// somebody uses it.
template <class Verifier>
struct FromFile {
  Verifier verifier;
  std::optional<WatchedFile> file;
};

template <class Verifier, class... Arguments>
absl::StatusOr<std::shared_ptr<const Verifier>> Load(const char* setting, const std::string& path,
                                                     FileWatcher& files, Telemetry& telemetry,
                                                     Arguments&&... arguments) {
  auto made = std::shared_ptr<FromFile<Verifier>>(
      new FromFile<Verifier>{Verifier(std::forward<Arguments>(arguments)...), std::nullopt});
  const auto load = [&made = *made, path](WatchedFile::Contents contents) {
    const absl::Status status = made.verifier.Load(contents[0]);
    return absl::Status(status.code(), Cat(path, ": ", std::string(status.message())));
  };
  auto file = WatchedFile::Open(setting, {path}, files, telemetry, load);
  if (!file.ok()) return file.status();
  made->file.emplace(*std::move(file));
  return std::shared_ptr<const Verifier>(made, &made->verifier);
}

std::vector<std::string> List(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::vector<KnownCaller> ReadCallers(const v1::GatewayConfig& config) {
  std::vector<KnownCaller> callers;
  for (const v1::CallerConfig& caller : config.callers()) {
    callers.push_back({.name = caller.name(),
                       .token_sha256 = List(caller.token_sha256()),
                       .spiffe_ids = List(caller.spiffe_ids()),
                       .dns_names = List(caller.dns_names()),
                       .service_accounts = List(caller.service_accounts())});
  }
  return callers;
}

}  // namespace

absl::StatusOr<IdentityBuilder::Kept<ServiceAccountTokens>> IdentityBuilder::Tokens(
    const v1::GatewayConfig& config) const {
  Kept<ServiceAccountTokens> kept;
  if (!config.has_service_account_tokens()) return kept;
  const v1::ServiceAccountTokensConfig& settings = config.service_account_tokens();
  kept.settings = settings.SerializeAsString();
  if (tokens_.verifier != nullptr && tokens_.settings == kept.settings) return tokens_;
  auto loaded =
      Load<ServiceAccountTokens>("service_account_tokens.jwks_file", settings.jwks_file(), files_, telemetry_,
                                 ExpectedClaims{settings.issuer(), settings.audience()}, SystemClock());
  if (!loaded.ok()) return loaded.status();
  kept.verifier = *std::move(loaded);
  return kept;
}

absl::StatusOr<IdentityBuilder::Kept<ClientCertificates>> IdentityBuilder::Certificates(
    const v1::GatewayConfig& config) const {
  Kept<ClientCertificates> kept{config.server().tls().client_ca_file(), nullptr};
  if (kept.settings.empty()) return kept;
  if (certificates_.settings == kept.settings) return certificates_;
  auto loaded =
      Load<ClientCertificates>("server.tls.client_ca_file", kept.settings, files_, telemetry_, SystemClock());
  if (!loaded.ok()) return loaded.status();
  kept.verifier = *std::move(loaded);
  return kept;
}

absl::StatusOr<Identifier> IdentityBuilder::Build(const v1::GatewayConfig& config) {
  auto tokens = Tokens(config);
  if (!tokens.ok()) return tokens.status();
  auto certificates = Certificates(config);
  if (!certificates.ok()) return certificates.status();
  tokens_ = *std::move(tokens);
  certificates_ = *std::move(certificates);
  return Identifier(ReadCallers(config), config.anonymous().enabled(), tokens_.verifier,
                    certificates_.verifier);
}

}  // namespace blooio::gateway
