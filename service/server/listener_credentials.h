// How the gRPC listener proves itself to its clients, and what it asks of them.
//
// Without `tls`: clear text. With it: TLS 1.2 or later, with the certificate and
// key of the files, which are read again when they change (watched_file.h). Where `client_ca_file`
// is given, clients are asked for a certificate; TLS proves that they have its key,
// and identity/ decides for every call what it is worth (client_certificates.h).
//
// Why the files go through us: gRPC's FileWatcherCertificateProvider (1.51) hands
// on whatever it reads, and with a certificate and a key that do not belong
// together, as while one file is replaced and the other not yet, the listener
// refuses every new connection until its next look. So it is given a copy in
// memory, which changes only as a whole and only to a pair that fits.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "blooio/gateway/v1/config.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "service/base/file_watcher.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

class ListenerCredentials {
 public:
  // Fails with one sentence that names the file and what to do: it cannot be read,
  // holds no certificate or key, or the two do not belong together. A certificate
  // that has expired, or is not valid yet, is a warning in the log. `files` and
  // `telemetry` outlive what is made, which lives as long as the server that uses it.
  static absl::StatusOr<std::unique_ptr<ListenerCredentials>> Make(const v1::ServerConfig& config,
                                                                   FileWatcher& files, Telemetry& telemetry);
  virtual ~ListenerCredentials() = default;

  virtual std::shared_ptr<grpc::ServerCredentials> grpc() const = 0;
};

}  // namespace blooio::gateway
