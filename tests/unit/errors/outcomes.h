// What the tests of outcomes share: calls of every kind and answers to them.
#pragma once

#include <string>
#include <utility>

#include "service/errors/outcome.h"

namespace blooio::gateway {

class FixedRandomness : public Randomness {
 public:
  uint64_t Next() override { return 0; }
};

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

enum class Kind { kRead, kKeyed, kUnkeyed, kCreate };

inline CallFacts Facts(Kind kind, std::string path_field = "chat_id") {
  CallFacts facts;
  facts.account = "main";
  facts.attempts = 1;
  facts.read_only = kind == Kind::kRead;
  facts.repeatable = kind == Kind::kRead || kind == Kind::kKeyed;
  facts.conflict_means_exists = kind == Kind::kCreate;
  facts.path_field = kind == Kind::kCreate ? "" : std::move(path_field);
  if (kind == Kind::kKeyed) facts.idempotency_key = "order-1";
  if (kind == Kind::kUnkeyed) facts.idempotency_key = "minted";
  facts.now = kNow;
  return facts;
}

inline AttemptResult Answer(int status,
                            std::string body = R"({"error":"ApiError","message":"no","status":1})") {
  AttemptResult result;
  result.end = AttemptEnd::kAnswered;
  result.phase = Phase::kSent;
  result.status = status;
  result.body = std::move(body);
  return result;
}

inline GatewayError Map(const AttemptResult& result, const CallFacts& facts) {
  FixedRandomness randomness;
  return ErrorFromAttempt(result, facts, randomness);
}

}  // namespace blooio::gateway
