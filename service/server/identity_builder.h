// From a configuration to the identifier of its callers, with the files that
// credentials are verified against: client_ca_file and jwks_file, which are read
// again when they change (watched_file.h).
//
// What was verified is carried over to the next configuration, as long as the
// settings that it was verified by stay the same.
//
//   IdentityBuilder builder(files, telemetry);
//   absl::StatusOr<Identifier> identifier = builder.Build(config);
//
// Thread-safety: none. Files and telemetry outlive what was built.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "service/base/file_watcher.h"
#include "service/identity/identifier.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

class IdentityBuilder {
 public:
  IdentityBuilder(FileWatcher& files, Telemetry& telemetry) : files_(files), telemetry_(telemetry) {}

  // Fails with one sentence that names the setting and the file; what was built
  // before stays good.
  absl::StatusOr<Identifier> Build(const v1::GatewayConfig& config);

 private:
  // What verifies, and the settings that it was made by.
  template <class Verifier>
  struct Kept {
    std::string settings;
    std::shared_ptr<const Verifier> verifier;
  };
  absl::StatusOr<Kept<ServiceAccountTokens>> Tokens(const v1::GatewayConfig& config) const;
  absl::StatusOr<Kept<ClientCertificates>> Certificates(const v1::GatewayConfig& config) const;

  FileWatcher& files_;
  Telemetry& telemetry_;
  Kept<ServiceAccountTokens> tokens_;
  Kept<ClientCertificates> certificates_;
};

}  // namespace blooio::gateway
