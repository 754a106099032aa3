// Calls under limits, on a clock that the test moves: what tests of them share.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "blooio/v4/groups_service.pb.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace blooio::gateway {

class LimitsTest : public PipelineTest {
 protected:
  // One limit for the account, 10 a second.
  void LimitAccount(int64_t burst, absl::Duration max_wait = absl::ZeroDuration(), int64_t in_flight = 0) {
    AccountLimits limits;
    limits.limit = {.rate = {10}, .burst = burst};
    limits.max_wait = absl::ToInt64Nanoseconds(max_wait);
    limits.most_in_flight = in_flight;
    turnstile_.Configure({.accounts = {limits, {}}, .callers = {{}}});
  }

  // Each call in its own reply.
  std::shared_ptr<RunningCall> List(absl::Duration deadline = absl::InfiniteDuration()) {
    CallInput input;
    input.deadline = clock_.Now() + deadline;
    return Run(request_, &replies_.emplace_back(), input);
  }
  void Pass(absl::Duration time) {
    clock_.Pass(time);
    turnstile_.Advance(0);
  }
  void AnswerAll(int status, const std::string& body = R"({"groups":[]})") {
    for (auto& attempt : upstream_.sent) {
      if (attempt->done) attempt->End(Answer(status, body));
    }
  }
  google::rpc::QuotaFailure::Violation Quota() const {
    const auto quota = DetailOf<google::rpc::QuotaFailure>(*outcome_.error);
    return quota && quota->violations_size() == 1 ? quota->violations(0)
                                                  : google::rpc::QuotaFailure::Violation();
  }

  size_t Waiting() { return limiter_.Peek(LimitKind::kAccount, {}, clock_.Steady()).waiting; }

  const v4::ListGroupsRequest request_;
  std::deque<v4::ListGroupsResponse> replies_;
};

}  // namespace blooio::gateway
