// What tests of the whole Upstream share.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "service/upstream/upstream.h"
#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {

inline constexpr char kKey[] = "test-key-4711";

inline std::shared_ptr<const Endpoint> MakeEndpoint(std::string base_url) {
  return std::make_shared<Endpoint>(Endpoint{std::move(base_url)});
}

inline std::shared_ptr<const SecretString> MakeKey(std::string key = kKey) {
  return std::make_shared<const SecretString>(std::move(key));
}

inline RestRequest Get(std::string path = "/things") {
  return {.verb = Verb::kGet, .path = std::move(path), .read_only = true};
}

inline RestRequest Post(std::string body = "{\"a\":1}", std::string path = "/things") {
  return {.verb = Verb::kPost, .path = std::move(path), .body = std::move(body), .has_body = true};
}

inline RestRequest Delete(std::string path = "/things/1") {
  return {.verb = Verb::kDelete, .path = std::move(path)};
}

// Answers that leave the connection open.
inline std::string Answer(std::string body, std::string headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" +
         body;
}

// One attempt under way; keeps its request alive.
class Running {
 public:
  Running(AttemptStarter& client, std::shared_ptr<const Endpoint> endpoint, RestRequest request,
          absl::Time deadline = absl::Now() + absl::Minutes(2),
          std::shared_ptr<const SecretString> key = MakeKey())
      : request_(std::make_unique<RestRequest>(std::move(request))), future_(promise_.get_future()) {
    attempt_ = client.Start(std::move(endpoint), std::move(key), *request_, deadline,
                            [this](AttemptResult result) { promise_.set_value(std::move(result)); });
  }
  ~Running() {
    if (future_.valid()) future_.wait();
  }

  Attempt& attempt() { return *attempt_; }
  std::shared_ptr<Attempt> shared_attempt() { return attempt_; }
  bool ended() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  AttemptResult Wait() { return future_.get(); }

 private:
  std::unique_ptr<RestRequest> request_;
  // Throws if `done` runs twice.
  std::promise<AttemptResult> promise_;
  std::future<AttemptResult> future_;
  std::shared_ptr<Attempt> attempt_;
};

class UpstreamTest : public testing::Test {
 protected:
  // Replaces the upstream by one with other options.
  void Use(const UpstreamOptions& options) {
    auto created = Upstream::Create(options);
    ASSERT_TRUE(created.ok()) << created.status();
    upstream_ = *std::move(created);
  }
  void SetUp() override { Use({}); }

  AttemptResult Call(const std::string& base_url, RestRequest request) {
    return Running(*upstream_, MakeEndpoint(base_url), std::move(request)).Wait();
  }

  std::unique_ptr<Upstream> upstream_;
};

}  // namespace blooio::gateway
