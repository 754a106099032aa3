#include "service/server/listener_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "service/server/certificate_pair.h"
#include "service/server/memory_file.h"
#include "service/server/watched_file.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

namespace tls = grpc::experimental;

// How often gRPC looks at the copy, s.
constexpr unsigned kRefresh = 1;

class ClearText final : public ListenerCredentials {
 public:
  std::shared_ptr<grpc::ServerCredentials> grpc() const override { return grpc::InsecureServerCredentials(); }
};

class Tls final : public ListenerCredentials {
 public:
  absl::Status Begin(const v1::TlsConfig& config, FileWatcher& files, Telemetry& telemetry) {
    auto watched = WatchedFile::Open(
        "server.tls.certificate_file", {config.certificate_file(), config.private_key_file()}, files,
        telemetry, [this, config](WatchedFile::Contents contents) {
          return Serve({config.certificate_file(), contents[0]}, {config.private_key_file(), contents[1]});
        });
    if (!watched.ok()) return watched.status();
    watched_.emplace(*std::move(watched));
    const auto provider =
        std::make_shared<tls::FileWatcherCertificateProvider>(copy_.path(), copy_.path(), kRefresh);
    tls::TlsServerCredentialsOptions options(provider);
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(config.client_ca_file().empty()
                                      ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    credentials_ = tls::TlsServerCredentials(options);
    return absl::OkStatus();
  }

  std::shared_ptr<grpc::ServerCredentials> grpc() const override { return credentials_; }

 private:
  absl::Status Serve(const PemFile& certificates, const PemFile& private_key) {
    absl::StatusOr<CertificatePair> pair = ReadCertificatePair(certificates, private_key);
    if (!pair.ok()) return pair.status();
    if (absl::Status status = copy_.Replace(pair->pem.Reveal()); !status.ok()) return status;
    const absl::Time now = absl::Now();
    const bool good = pair->not_before <= now && now < pair->not_after;
    Log(good ? LogLevel::kInfo : LogLevel::kWarning, "certificate_loaded",
        {{"file", certificates.path},
         {"serial_number", pair->serial_number},
         {"not_before", absl::FormatTime(pair->not_before, absl::UTCTimeZone())},
         {"not_after", absl::FormatTime(pair->not_after, absl::UTCTimeZone())}});
    return absl::OkStatus();
  }

  // The watcher's thread's, once it is there.
  MemoryFile copy_{"blooio-gateway listener"};
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::optional<WatchedFile> watched_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ListenerCredentials>> ListenerCredentials::Make(const v1::ServerConfig& config,
                                                                               FileWatcher& files,
                                                                               Telemetry& telemetry) {
  if (!config.has_tls()) return std::make_unique<ClearText>();
  auto credentials = std::make_unique<Tls>();
  if (absl::Status status = credentials->Begin(config.tls(), files, telemetry); !status.ok()) return status;
  return credentials;
}

}  // namespace blooio::gateway
