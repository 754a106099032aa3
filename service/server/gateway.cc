#include "service/server/gateway.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "service/base/event_loop.h"
#include "service/base/json_text.h"
#include "service/base/text.h"
#include "service/base/ticker.h"
#include "service/config/duration_text.h"
#include "service/identity/failure.h"
#include "service/ledger/memory_ledger.h"
#include "service/pipeline/pipeline.h"
#include "service/ratelimit/rate_limiter.h"
#include "service/ratelimit/turnstile.h"
#include "service/server/grpc_log.h"
#include "service/server/grpc_server.h"
#include "service/server/http_endpoint.h"
#include "service/server/recipient_key.h"
#include "service/server/redis_options.h"
#include "service/server/shared_ledger.h"
#include "service/server/shared_limits.h"
#include "service/server/signals.h"
#include "service/server/state_builder.h"
#include "service/server/version.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"
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
  options.user_agent_line = Cat("User-Agent: blooio-gateway/", kVersion);
  return options;
}

// A reload has no meaning any more.
void WaitForEnd(absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (WaitForSignal(until - absl::Now()) == Signal::kReload) {
  }
}

// For /metrics: the keys of all accounts, as they are now.
std::vector<AccountReading> ReadKeys(const PipelineState& state) {
  constexpr std::array<const char*, 3> kSlots = {"current", "next", "replaced"};
  std::vector<AccountReading> readings;
  for (const Account& account : state.accounts) {
    const AccountKeys::State keys = account.keys->Snapshot();
    AccountReading& reading =
        readings.emplace_back(AccountReading{account.name, keys.marked_since.has_value(), {}});
    for (size_t i = 0; i < kSlots.size(); ++i) {
      const AccountKeys::SlotState& slot = keys.slots[i];
      if (slot.present) reading.keys.push_back({kSlots[i], slot.active, slot.loaded_at});
    }
  }
  return readings;
}

// And the limits of all accounts.
std::vector<LimitReading> ReadLimits(const PipelineState& state, RateLimiter& limiter) {
  std::vector<LimitReading> readings;
  for (const Account& account : state.accounts) {
    const LimitState limit =
        limiter.Peek(LimitKind::kAccount, {.account = account.place}, SystemClock().Steady());
    readings.push_back({.account = account.name,
                        .limited = limit.numbers.burst > 0,
                        .rate = limit.numbers.rate,
                        .tokens = limit.numbers.remaining,
                        .waiting = limit.waiting,
                        .in_flight = limit.numbers.in_flight});
  }
  return readings;
}

// And their upstreams.
std::vector<CircuitReading> ReadCircuits(const PipelineState& state) {
  std::vector<CircuitReading> readings;
  for (const Account& account : state.accounts) {
    if (account.v2_circuit != nullptr) readings.push_back({account.name, "v2", account.v2_circuit->open()});
    if (account.v4_circuit != nullptr) readings.push_back({account.name, "v4", account.v4_circuit->open()});
  }
  return readings;
}

void ExpectIdentityFailures(Telemetry& telemetry) {
  for (int i = 1; i < kIdentityFailures; ++i) {
    telemetry.ExpectIdentityFailure(FailureWord(static_cast<IdentityFailure>(i)));
  }
}

class RealGateway final : public Gateway {
 public:
  RealGateway(const v1::GatewayConfig& config, FileWatcher& files)
      : files_(files),
        drain_delay_(ToDuration(config.server().drain_delay())),
        drain_timeout_(ToDuration(config.server().drain_timeout())) {}

  absl::Status Begin(const v1::GatewayConfig& config) {
    auto recipient_key = ReadRecipientKey(config.log().recipient_key_file());
    if (!recipient_key.ok()) return recipient_key.status();
    telemetry_ = std::make_unique<Telemetry>(*std::move(recipient_key), kVersion);
    ExpectIdentityFailures(*telemetry_);
    telemetry_->ReadLines(GrpcLines());
    auto upstream = Upstream::Create(ReadUpstreamOptions(config.upstream()));
    if (!upstream.ok()) return upstream.status();
    upstream_ = *std::move(upstream);
    builder_.emplace(files_, *upstream_, *telemetry_);
    auto built = builder_->Build(config);
    if (!built.ok()) return built.status();
    if (config.has_redis()) {
      shared_limits_.emplace(loop_, limiter_, turnstile_, SystemClock(), SystemRandomness(),
                             ReadRedisOptions(config.redis()),
                             [this](const WatchedRedis::Change& change) { Tell(change); });
    }
    UseLimits(*built);
    telemetry_->ReadConnections([this]() -> ConnectionReading {
      const Upstream::Connections connections = upstream_->CountConnections();
      return {connections.opened, connections.open};
    });
    OpenLedger(config);
    pipeline_ = std::make_unique<Pipeline>(
        std::move(built->state),
        Pipeline::Parts{*ledger_, turnstile_, *upstream_, timers_, SystemClock(), SystemRandomness()},
        config.server().max_in_flight());
    telemetry_->ReadOccupancy([this] { return static_cast<double>(pipeline_->occupancy().present()); },
                              config.server().max_in_flight());
    telemetry_->ReadCircuits([this] { return ReadCircuits(*pipeline_->State()); });
    telemetry_->ReadKeys([this] { return ReadKeys(*pipeline_->State()); });
    telemetry_->ReadLimits([this] { return ReadLimits(*pipeline_->State(), limiter_); });
    if (config.has_http()) {
      auto http = HttpEndpoint::Start(config.http().listen(), telemetry_->metrics(), chores_);
      if (!http.ok()) return http.status();
      http_ = *std::move(http);
    }
    auto server = GrpcServer::Start(config.server(), ToDuration(config.upstream().max_deadline()), *upstream_,
                                    *pipeline_, routes_, *telemetry_, files_, chores_);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    if (http_) http_->SetReady(true);
    ticker_.emplace(keeper_, absl::Seconds(1), [this] { Tick(); });
    return absl::OkStatus();
  }

  std::string ReadyLine() const override {
    std::string line = R"({"event":"ready","grpc":)";
    AppendJsonString(server_->address(), line);
    if (http_) {
      line += R"(,"http":)";
      AppendJsonString(http_->address(), line);
    }
    return line + "}";
  }

  absl::Status Use(const v1::GatewayConfig& config) override {
    auto built = builder_->Build(config);
    if (!built.ok()) return built.status();
    // First: the state may know callers that the limits do not know yet.
    UseLimits(*built);
    pipeline_->Use(std::move(built->state));
    telemetry_->CountReload(true);
    return absl::OkStatus();
  }

  void CountBadReload() override { telemetry_->CountReload(false); }

  void Drain() override {
    if (http_) http_->SetReady(false);
    server_->StopTaking();
    Log(LogLevel::kInfo, "draining", {{"delay", absl::FormatDuration(drain_delay_)}});
    WaitForEnd(drain_delay_);
    server_->Finish(absl::Now() + drain_timeout_);
    telemetry_->Tick();
    Log(LogLevel::kInfo, "stopped");
  }

 private:
  void Tick() {
    telemetry_->Tick();
    pipeline_->ProbeKeys();
    pipeline_->Tidy();
    if (!files_.polls_only() || std::exchange(told_polls_only_, true)) return;
    Log(LogLevel::kWarning, "files_polled",
        {{"message", "the kernel watches no more files (fs.inotify): changes are found within 10 s"}});
  }

  void OpenLedger(const v1::GatewayConfig& config) {
    const auto most = static_cast<size_t>(config.ledger().max_entries());
    if (config.has_redis()) {
      const SharedLimits::Options redis = ReadRedisOptions(config.redis());
      ledger_ = std::make_unique<SharedLedger>(
          loop_, SystemRandomness(),
          SharedLedger::Options{.redis = redis.redis, .prefix = redis.prefix, .max_entries = most},
          [this](const WatchedRedis::Change& change) { TellOfLedger(change); });
      return;
    }
    auto ledger = std::make_unique<MemoryLedger>(
        SystemClock(), MemoryLedger::Options{.max_entries = most, .alone = config.ledger().alone()});
    telemetry_->ReadLedger([ledger = ledger.get()]() -> LedgerReading {
      const MemoryLedger::Counts counts = ledger->Count();
      return {counts.running, counts.done, counts.unknown};
    });
    ledger_ = std::move(ledger);
  }

  void UseLimits(const StateBuilder::Built& built) {
    turnstile_.Configure(built.limits);
    if (shared_limits_) shared_limits_->Use(built.limit_names, built.limits);
  }

  void Tell(const WatchedRedis::Change& change) {
    telemetry_->SetLimitsShared(change.available, change.word);
    if (change.available) return Log(LogLevel::kInfo, "limits_shared");
    Log(LogLevel::kError, "shared_limits_lost",
        {{"kind", std::string(change.word)},
         {"problem", std::string(change.why)},
         {"effect", "this gateway uses its fallback_share of every rate until Redis is back"}});
  }

  void TellOfLedger(const WatchedRedis::Change& change) {
    telemetry_->SetLedgerShared(change.available, change.word);
    if (change.available) return Log(LogLevel::kInfo, "ledger_shared");
    Log(LogLevel::kError, "shared_ledger_lost",
        {{"kind", std::string(change.word)},
         {"problem", std::string(change.why)},
         {"effect", "keyed calls that Blooio knows no key of are refused until Redis is back; sends go on"}});
  }

  FileWatcher& files_;
  const absl::Duration drain_delay_;
  const absl::Duration drain_timeout_;
  // In the order of dependence: the last one ends first.
  std::unique_ptr<Telemetry> telemetry_;
  RouteTable routes_;
  EventLoop loop_{"limits"};
  // For what may take milliseconds.
  EventLoop chores_{"chores"};
  // For what may take a while, such as the end of a state.
  EventLoop keeper_{"keeper"};
  RateLimiter limiter_;
  Turnstile turnstile_{limiter_, SystemClock(), loop_};
  std::optional<SharedLimits> shared_limits_;
  LoopTimers timers_{loop_};
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Upstream> upstream_;
  std::optional<StateBuilder> builder_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<HttpEndpoint> http_;
  std::unique_ptr<GrpcServer> server_;
  bool told_polls_only_ = false;
  std::optional<Ticker> ticker_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const v1::GatewayConfig& config, FileWatcher& files) {
  auto gateway = std::make_unique<RealGateway>(config, files);
  if (absl::Status status = gateway->Begin(config); !status.ok()) return status;
  return gateway;
}

}  // namespace blooio::gateway
