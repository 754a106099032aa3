// A pipeline over a fake upstream: what its tests share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "blooio/v2/messages_service.pb.h"
#include "service/pipeline/pipeline.h"
#include "tests/unit/errors/error_details.h"

namespace blooio::gateway {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return kNow; }
};

class CountingRandomness : public Randomness {
 public:
  uint64_t Next() override { return ++calls; }
  uint64_t calls = 0;
};

// Records what is sent; the test answers.
class FakeUpstream : public AttemptStarter {
 public:
  // What never ended holds its call, which holds it.
  ~FakeUpstream() override { Forget(); }
  struct Sent : Attempt {
    void Cancel() override { ++cancels; }
    std::shared_ptr<const Endpoint> endpoint;
    RestRequest request;
    absl::Time deadline;
    Done done;
    int cancels = 0;
  };
  std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint, const RestRequest& request,
                                 absl::Time deadline, Done done) override {
    auto attempt = std::make_shared<Sent>();
    attempt->endpoint = std::move(endpoint);
    attempt->request = request;
    attempt->deadline = deadline;
    attempt->done = std::move(done);
    sent.push_back(attempt);
    return attempt;
  }
  void Forget() {
    for (auto& attempt : sent) attempt->done = nullptr;
    sent.clear();
  }
  std::vector<std::shared_ptr<Sent>> sent;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    pipeline_ = std::make_unique<Pipeline>(State({.accounts = {{"main", 0}}, .methods = {"*"}}), upstream_,
                                           clock_, randomness_);
  }

  // Two accounts, `main` and `other`; everybody is the anonymous caller, which has
  // these grants.
  static std::shared_ptr<PipelineState> State(const Grants& grants) {
    auto state = std::make_shared<PipelineState>();
    for (const std::string name : {"main", "other"}) {
      Account account;
      account.name = name;
      account.v2 = std::make_shared<Endpoint>(Endpoint{"http://v2." + name, nullptr});
      account.v4 = std::make_shared<Endpoint>(Endpoint{"http://v4." + name, nullptr});
      state->accounts.push_back(std::move(account));
    }
    state->identifier = Identifier(true);
    state->policy = Policy({grants});
    return state;
  }

  std::shared_ptr<RunningCall> Run(const google::protobuf::Message& request, google::protobuf::Message* reply,
                                   const CallInput& input = {}) {
    const absl::StatusOr<const Route*> route = routes_.CompileFor(request.GetDescriptor());
    EXPECT_TRUE(route.ok()) << route.status();
    return pipeline_->Run(**route, input, request, reply, [this](CallOutcome outcome) {
      ++ends_;
      outcome_ = std::move(outcome);
    });
  }

  static AttemptResult Answer(int status, std::string body) {
    AttemptResult result;
    result.end = AttemptEnd::kAnswered;
    result.phase = Phase::kSent;
    result.status = status;
    result.body = std::move(body);
    return result;
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
  std::unique_ptr<Pipeline> pipeline_;
  int ends_ = 0;
  CallOutcome outcome_;
};

}  // namespace blooio::gateway
