// The ledger's script on a real Redis, at times that the test says.
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "service/redis/ledger_script.h"
#include "tests/unit/redis/redis_client.h"
#include "tests/unit/redis/redis_process.h"

namespace blooio::gateway {

class LedgerFixture : public testing::Test {
 protected:
  // Times are microseconds.
  static constexpr int64_t kSecond = 1'000'000;
  static constexpr int64_t kDay = 86'400 * kSecond;
  static constexpr int64_t kStart = 1'800'000'000 * kSecond;
  static constexpr LedgerTerms kOnce = {.lasts = absl::Seconds(30)};
  static constexpr LedgerTerms kAgain = {.lasts = absl::Seconds(30), .resumable = true};
  static constexpr LedgerTerms kKnown = {.lasts = absl::Seconds(30), .known_only = true};

  static void SetUpTestSuite() {
    redis_ = new RedisProcess;
    client_ = new RedisClient(PatientOptions(redis_->unix_address()));
    ASSERT_EQ(client_->Connected(), absl::OkStatus());
  }
  static void TearDownTestSuite() {
    delete client_;
    delete redis_;
  }
  void SetUp() override {
    redis_->Say({"FLUSHALL"});
    Run(LedgerProbe(scope_, now_));
  }

  static RedisReply Run(ScriptCall call) {
    absl::StatusOr<RedisReply> reply = client_->Run(std::move(call));
    if (!reply.ok()) throw std::runtime_error(reply.status().ToString());
    return *std::move(reply);
  }
  static std::string IdOf(int id) {
    const std::string digits = std::to_string(id);
    return std::string(64 - digits.size(), '0') + digits;
  }
  static LedgerClaim ClaimOf(int id, int claim, const std::string& payload = "a0") {
    return {.id = IdOf(id), .payload = payload, .claim = std::to_string(claim)};
  }
  static std::string KeyOf(int id) { return "t:{ledger}:" + IdOf(id); }

  LedgerWord Begin(int id, int claim, const LedgerTerms& terms = kOnce, const std::string& payload = "a0") {
    return ReadLedgerAnswer(Run(LedgerBegin(scope_, ClaimOf(id, claim, payload), terms, now_))).word;
  }
  LedgerAnswer Look(int id) { return ReadLedgerAnswer(Run(LedgerLook(scope_, IdOf(id), now_))); }
  void Settle(int id, int claim, LedgerEnd end, const std::string& reply = "",
              const std::string& payload = "a0") {
    Run(LedgerSettle(scope_, ClaimOf(id, claim, payload), end, reply, now_));
  }
  // Returns the time that it reads.
  int64_t Beat(const std::string& gateway, int64_t told) {
    return ReadLedgerTime(Run(LedgerBeat(scope_, gateway, told, now_)));
  }
  void Leave(const std::string& gateway) { Run(LedgerLeave(scope_, gateway, now_)); }
  // Begins it and is done.
  void Do(int id, const std::string& reply = "") {
    Begin(id, id);
    Settle(id, id, LedgerEnd::kDone, reply);
    now_ += kSecond;
  }
  static int64_t Integer(const std::vector<std::string_view>& words) { return *redis_->Say(words).integer(); }

  LedgerScope scope_ = {.prefix = "t:"};
  int64_t now_ = kStart;
  static inline RedisProcess* redis_ = nullptr;
  static inline RedisClient* client_ = nullptr;
};

}  // namespace blooio::gateway
