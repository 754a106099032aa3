// A pipeline over a fake upstream: what its tests share.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "blooio/v2/messages_service.pb.h"
#include "service/ledger/memory_ledger.h"
#include "service/pipeline/pipeline.h"
#include "tests/unit/errors/error_details.h"
#include "tests/unit/pipeline/fake_timers.h"
#include "tests/unit/pipeline/fake_upstream.h"

namespace blooio::gateway {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// Stands still unless the test moves it.
class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return kNow + absl::Nanoseconds(passed_.load()); }
  void Pass(absl::Duration time) { passed_ += absl::ToInt64Nanoseconds(time); }

 private:
  std::atomic<int64_t> passed_ = 0;
};

class CountingRandomness : public Randomness {
 public:
  uint64_t Next() override { return ++calls; }
  uint64_t calls = 0;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    turnstile_.Configure({.accounts = {{}, {}}, .callers = {{}}});
    pipeline_ =
        std::make_unique<Pipeline>(State({.accounts = {{"main", 0}}, .methods = {"*"}}), Parts(), 100);
  }

  // What still waits or rests holds itself.
  ~PipelineTest() override {
    for (const std::weak_ptr<RunningCall>& weak : calls_) {
      if (const auto call = weak.lock()) call->Cancel();
    }
  }

  Pipeline::Parts Parts() { return {ledger_, turnstile_, upstream_, timers_, clock_, randomness_}; }

  // Two accounts, `main` and `other`; everybody is the anonymous caller, which has
  // these grants.
  static std::shared_ptr<PipelineState> State(const Grants& grants) {
    auto state = std::make_shared<PipelineState>();
    state->max_attempts = 1;
    for (const std::string name : {"main", "other"}) {
      Account account;
      account.name = name;
      account.place = state->accounts.size();
      account.v2 = std::make_shared<Endpoint>(Endpoint{"http://v2." + name});
      account.v4 = std::make_shared<Endpoint>(Endpoint{"http://v4." + name});
      account.keys = std::make_shared<AccountKeys>(SystemClock());
      account.keys->Load(KeySlot::kCurrent, SecretString("key-of-" + name));
      state->accounts.push_back(std::move(account));
    }
    state->identifier = Identifier({}, true);
    state->policy = Policy({grants});
    return state;
  }

  std::shared_ptr<RunningCall> Run(const google::protobuf::Message& request, google::protobuf::Message* reply,
                                   const CallInput& input = {}) {
    const absl::StatusOr<const Route*> route = routes_.CompileFor(request.GetDescriptor());
    EXPECT_TRUE(route.ok()) << route.status();
    std::shared_ptr<RunningCall> call =
        pipeline_->Run(**route, input, request, reply, [this](CallOutcome outcome) {
          ++ends_;
          outcome_ = std::move(outcome);
        });
    calls_.push_back(call);
    return call;
  }

  static v2::SendMessageRequest Send(std::string key = "") {
    v2::SendMessageRequest request;
    request.mutable_chat_id()->set_phone_number("+15551234567");
    request.set_text("hi");
    if (!key.empty()) request.set_idempotency_key(key);
    return request;
  }

  std::string SentKey(size_t i = 0) const {
    for (const Header& header : upstream_.sent.at(i)->request.headers) {
      if (header.name == "Idempotency-Key") return header.value;
    }
    return "";
  }

  FakeUpstream upstream_;
  FakeClock clock_;
  CountingRandomness randomness_;
  RouteTable routes_;
  EventLoop loop_;
  RateLimiter limiter_;
  Turnstile turnstile_{limiter_, clock_, loop_};
  MemoryLedger ledger_{clock_, {}};
  FakeTimers timers_;
  std::unique_ptr<Pipeline> pipeline_;
  int ends_ = 0;
  CallOutcome outcome_;
  std::vector<std::weak_ptr<RunningCall>> calls_;
};

}  // namespace blooio::gateway
