// Who gets tokens for limits that several gateways share. Any thread may call these.
#pragma once

#include "absl/time/time.h"
#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class Lessor {
 public:
  // The limiter wishes for tokens sooner than it did, or calls are held for some.
  virtual void Wanted() = 0;
  // Blooio answered 429 to an attempt begun at `began`: all gateways are to know.
  virtual void Throttled(uint32_t account, Instant began, absl::Duration retry_after) = 0;

 protected:
  ~Lessor() = default;
};

}  // namespace blooio::gateway
