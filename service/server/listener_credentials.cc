#include "service/server/listener_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "service/base/digest.h"
#include "service/base/text.h"
#include "service/server/certificate_pair.h"
#include "service/server/memory_file.h"
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
  explicit Tls(const v1::TlsConfig& config) : config_(config) {}

  absl::Status Begin(FileWatcher& files) {
    if (absl::Status status = Read(); !status.ok()) return status;
    watch_ = files.Add({config_.certificate_file(), config_.private_key_file()}, [this] { ReadAgain(); });
    const auto provider =
        std::make_shared<tls::FileWatcherCertificateProvider>(copy_.path(), copy_.path(), kRefresh);
    tls::TlsServerCredentialsOptions options(provider);
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(config_.client_ca_file().empty()
                                      ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    credentials_ = tls::TlsServerCredentials(options);
    return absl::OkStatus();
  }

  std::shared_ptr<grpc::ServerCredentials> grpc() const override { return credentials_; }

 private:
  // Takes the files over, unless they read as they did.
  absl::Status Read() {
    absl::StatusOr<CertificatePair> pair =
        ReadCertificatePair(config_.certificate_file(), config_.private_key_file());
    if (!pair.ok()) return pair.status();
    const Digest digest = Sha256(pair->pem.Reveal());
    if (digest == digest_) return absl::OkStatus();
    if (absl::Status status = copy_.Replace(pair->pem.Reveal()); !status.ok()) return status;
    digest_ = digest;
    const absl::Time now = absl::Now();
    const bool good = pair->not_before <= now && now < pair->not_after;
    Log(good ? LogLevel::kInfo : LogLevel::kWarning, "certificate_loaded",
        {{"file", config_.certificate_file()},
         {"serial_number", pair->serial_number},
         {"not_before", absl::FormatTime(pair->not_before, absl::UTCTimeZone())},
         {"not_after", absl::FormatTime(pair->not_after, absl::UTCTimeZone())}});
    return absl::OkStatus();
  }

  void ReadAgain() {
    absl::Status status = Read();
    // Once, not at every look.
    if (!status.ok() && status != told_) {
      Log(LogLevel::kWarning, "certificate_refused",
          {{"effect", "the listener goes on with the last good one"},
           {"problem", std::string(status.message())}});
    }
    told_ = std::move(status);
  }

  const v1::TlsConfig config_;
  // The watcher's thread's, once it is there.
  MemoryFile copy_{"blooio-gateway listener"};
  Digest digest_{};  // Of what is in it.
  absl::Status told_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  FileWatcher::Watch watch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ListenerCredentials>> ListenerCredentials::Make(const v1::ServerConfig& config,
                                                                               FileWatcher& files) {
  if (!config.has_tls()) return std::make_unique<ClearText>();
  auto credentials = std::make_unique<Tls>(config.tls());
  if (absl::Status status = credentials->Begin(files); !status.ok()) return status;
  return credentials;
}

}  // namespace blooio::gateway
