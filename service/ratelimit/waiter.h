// Somebody whose call may have to wait for its turn. Lives until it has proceeded, or
// its call has left.
#pragma once

#include <cstdint>

#include "service/ratelimit/decision.h"

namespace blooio::gateway {

class Waiter {
 public:
  // The call waits, or waits elsewhere, and can leave by this ticket.
  virtual void Waits(uint64_t ticket) = 0;
  // It starts or is refused: kStart or kRefuse.
  virtual void Proceed(const Decision& decision) = 0;

 protected:
  ~Waiter() = default;
};

}  // namespace blooio::gateway
