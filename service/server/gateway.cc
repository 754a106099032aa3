#include "service/server/gateway.h"

#include <utility>

#include "absl/time/clock.h"
#include "service/base/json_text.h"
#include "service/base/text.h"
#include "service/config/duration_text.h"
#include "service/credentials/key_file.h"
#include "service/pipeline/pipeline.h"
#include "service/server/grpc_server.h"
#include "service/server/signals.h"
#include "service/server/version.h"
#include "service/telemetry/log.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {
namespace {

UpstreamOptions ReadUpstreamOptions(const v1::UpstreamConfig& config) {
  UpstreamOptions options;
  options.threads = config.threads();
  options.connect_timeout = ToDuration(config.connect_timeout());
  options.attempt_timeout = ToDuration(config.attempt_timeout());
  options.max_response_bytes = static_cast<size_t>(config.max_response_bytes());
  options.ca_file = config.ca_file();
  options.proxy_url = config.proxy_url();
  options.user_agent = Cat("blooio-gateway/", kVersion);
  return options;
}

// LocalConfig names no file: the local sandbox has a key that everybody knows.
absl::StatusOr<SecretString> ReadAccountKey(const v1::AccountConfig& config) {
  if (config.api_key_file().empty()) return SecretString(std::string(kSandboxKey));
  return ReadKeyFile(config.api_key_file());
}

absl::StatusOr<Account> ReadAccount(const v1::AccountConfig& config) {
  absl::StatusOr<SecretString> key = ReadAccountKey(config);
  if (!key.ok()) return key.status();
  auto shared = std::make_shared<const SecretString>(*std::move(key));
  Log(LogLevel::kInfo, "key_loaded", {{"account", config.name()}, {"fingerprint", Fingerprint(*shared)}});
  Account account;
  account.v2 = std::make_shared<const Endpoint>(Endpoint{config.v2().base_url(), shared});
  account.v4 = std::make_shared<const Endpoint>(Endpoint{config.v4().base_url(), shared});
  account.v2_headers_into_body = config.v2().from_number_in_body();
  return account;
}

absl::StatusOr<PipelineOptions> ReadPipelineOptions(const v1::GatewayConfig& config) {
  PipelineOptions options;
  options.default_deadline = ToDuration(config.upstream().default_deadline());
  options.max_deadline = ToDuration(config.upstream().max_deadline());
  for (const v1::AccountConfig& account : config.accounts()) {
    absl::StatusOr<Account> made = ReadAccount(account);
    if (!made.ok()) return made.status();
    options.accounts.emplace(account.name(), *std::move(made));
  }
  if (config.anonymous().enabled()) options.anonymous = Caller{"anonymous", {config.accounts(0).name()}};
  return options;
}

class RealGateway final : public Gateway {
 public:
  explicit RealGateway(const v1::GatewayConfig& config)
      : drain_delay_(ToDuration(config.server().drain_delay())),
        drain_timeout_(ToDuration(config.server().drain_timeout())) {}

  absl::Status Begin(const v1::GatewayConfig& config) {
    absl::StatusOr<PipelineOptions> options = ReadPipelineOptions(config);
    if (!options.ok()) return options.status();
    auto upstream = Upstream::Create(ReadUpstreamOptions(config.upstream()));
    if (!upstream.ok()) return upstream.status();
    upstream_ = *std::move(upstream);
    pipeline_ =
        std::make_unique<Pipeline>(*std::move(options), *upstream_, SystemClock(), SystemRandomness());
    auto server =
        GrpcServer::Start(config.server(), ToDuration(config.upstream().max_deadline()), *pipeline_, routes_);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  std::string ReadyLine() const override {
    std::string line = R"({"event":"ready","grpc":)";
    AppendJsonString(server_->address(), line);
    return line + "}";
  }

  void Drain() override {
    server_->StopTaking();
    Log(LogLevel::kInfo, "draining", {{"delay", absl::FormatDuration(drain_delay_)}});
    WaitForSignal(drain_delay_);
    server_->Finish(absl::Now() + drain_timeout_);
    Log(LogLevel::kInfo, "stopped");
  }

 private:
  const absl::Duration drain_delay_;
  const absl::Duration drain_timeout_;
  // In the order of dependence: the last one ends first.
  RouteTable routes_;
  std::unique_ptr<Upstream> upstream_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const v1::GatewayConfig& config) {
  auto gateway = std::make_unique<RealGateway>(config);
  if (absl::Status status = gateway->Begin(config); !status.ok()) return status;
  return gateway;
}

}  // namespace blooio::gateway
