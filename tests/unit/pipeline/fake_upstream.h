// An upstream that records what is sent; the test answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/upstream/upstream.h"

namespace blooio::gateway {

class FakeUpstream : public AttemptStarter {
 public:
  // What never ended holds its call, which holds it.
  ~FakeUpstream() override { Forget(); }
  struct Sent : Attempt {
    void Cancel() override { ++cancels; }
    void End(AttemptResult result) { std::exchange(done, nullptr)(std::move(result)); }
    std::shared_ptr<const Endpoint> endpoint;
    std::shared_ptr<const SecretString> key;
    RestRequest request;
    absl::Time deadline;
    Done done;
    int cancels = 0;
  };
  std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint,
                                 std::shared_ptr<const SecretString> key, const RestRequest& request,
                                 absl::Time deadline, Done done) override {
    auto attempt = std::make_shared<Sent>();
    attempt->endpoint = std::move(endpoint);
    attempt->key = std::move(key);
    attempt->request = request;
    attempt->deadline = deadline;
    attempt->done = std::move(done);
    sent.push_back(attempt);
    if (on_start) std::exchange(on_start, nullptr)(*attempt);
    return attempt;
  }
  void Forget() {
    for (auto& attempt : sent) attempt->done = nullptr;
    sent.clear();
  }

  std::vector<std::shared_ptr<Sent>> sent;
  // Runs within the next Start, before it returns: what a fast loop may do.
  std::function<void(Sent&)> on_start;
};

inline AttemptResult Answer(int status, std::string body = "") {
  AttemptResult result;
  result.end = AttemptEnd::kAnswered;
  result.phase = Phase::kSent;
  result.status = status;
  result.body = std::move(body);
  return result;
}

inline AttemptResult Ended(AttemptEnd end, Phase phase) {
  AttemptResult result;
  result.end = end;
  result.phase = phase;
  return result;
}

}  // namespace blooio::gateway
