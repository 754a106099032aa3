// What gateways ask of the bucket that they share, and what they are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace blooio::gateway {

struct LeaseRequest {
  // Such as "account:main" or "method:billing:blooio.v2.MessagesService/SendMessage".
  std::string key = {};
  // The whole limit, each part positive; another one than before holds from now on.
  int64_t tokens_per_period = 0;
  int64_t period_ns = 0;
  int64_t burst = 0;
  // Wanted, of which fewer may be granted; given back when negative.
  int64_t tokens = 0;
  // Blooio has answered 429 to an attempt begun so long ago, asking to wait so long. The
  // bucket is empty and earns nothing until then, and its rate goes down for everybody
  // by the rule of service/ratelimit/feedback.h. Either is an hour at most.
  struct Throttle {
    int64_t attempt_age_ms = 0;
    int64_t retry_after_ms = 0;
  };
  std::optional<Throttle> throttle = {};
};

struct LeaseAnswer {
  // Granted; 0 for tokens given back.
  int64_t tokens = 0;
  // Until the bucket has at least one, or is worth asking again: 30 days at most. 0: it has.
  int64_t next_free_ms = 0;
  // Of its rate now, in thousandths: 50 to 1000.
  int share = 1000;
};

}  // namespace blooio::gateway
