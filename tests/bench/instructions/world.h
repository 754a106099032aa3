// All that calls of a gateway meet, but for gRPC and the upstream: a thousand callers
// known by tokens, policy, limits of account, caller and method, a full ledger, circuits,
// metrics and the log. Its upstream answers at once and the same to everybody; its time
// passes and its chance falls the same in every run.
//
//   World world({.status = 202, .body = …});
//   const World::Served served = world.Serve(route);
//   const int code = world.Run(served, {.presented = …}, request, &reply);
//
// Not thread-safe.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "service/ledger/memory_ledger.h"
#include "service/pipeline/pipeline.h"
#include "service/telemetry/telemetry.h"
#include "tests/unit/ledger/test_ledger.h"
#include "tests/unit/pipeline/fake_timers.h"

namespace blooio::gateway {

class World {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };
  // Callers: who may do everything that is measured, and who may only read.
  static constexpr size_t kBilling = 500, kReader = 501;

  explicit World(Answer answer);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // What calls of one RPC have in common.
  struct Served {
    const Route& route;
    const MethodMeter& meter;
  };
  Served Serve(const Route& route);

  // One call from its arrival to its line in the log, as rpc/ServerCall makes it. Its
  // google.rpc.Code.
  int Run(const Served& served, const CallInput& input, const google::protobuf::Message& request,
          google::protobuf::Message* reply);

  // The authorization of a caller.
  static std::string AuthorizationOf(size_t caller);
  // Milliseconds go by between calls.
  void Pass() { clock_.Pass(absl::Milliseconds(1)); }

 private:
  class PromptUpstream final : public AttemptStarter, public Attempt {
   public:
    explicit PromptUpstream(World::Answer answer);
    std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint,
                                   std::shared_ptr<const SecretString> key, const RestRequest& request,
                                   absl::Time deadline, Done done) override;
    void Cancel() override {}
    // The attempt that was started, if any.
    void Answer();

   private:
    AttemptResult result_;
    // One at a time: all are this one.
    const std::shared_ptr<Attempt> attempt_{std::shared_ptr<Attempt>(), this};
    Done done_;
  };
  class SeededRandomness final : public Randomness {
   public:
    uint64_t Next() override { return engine_(); }

   private:
    std::mt19937_64 engine_{1};
  };

  std::shared_ptr<const PipelineState> State();
  static RateLimits Limits();
  void FillLedger();

  SettableClock clock_;
  SeededRandomness randomness_;
  Telemetry telemetry_;
  EventLoop loop_;
  RateLimiter limiter_{/*seed=*/1};
  Turnstile turnstile_{limiter_, clock_, loop_};
  MemoryLedger ledger_;
  PromptUpstream upstream_;
  FakeTimers timers_;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace blooio::gateway
