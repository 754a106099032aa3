// What goes into a rate decision and what comes out: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "service/ratelimit/limit.h"

namespace blooio::gateway {

class Waiter;

// One attempt to be made, by places in the configuration.
struct Call {
  uint32_t account = 0;
  uint32_t caller = 0;
  uint32_t method = 0;
  // Tokens that it takes from each of its buckets.
  int64_t cost = 1;
  // When it has to have started.
  Instant deadline = kNever;
  // An attempt after the first: charges the account alone, and is in flight already.
  bool again = false;
  // It got kLease, and cannot be held any longer.
  bool leased = false;
  // Whose call it is, should it have to wait; comes back in Turn.
  Waiter* waiter = nullptr;
};

// A caller's part of a contended account.
struct Share {
  int weight = 1;
  bool interactive = false;
};

enum class LimitKind { kAccount, kCaller, kMethod };
constexpr unsigned Bit(LimitKind kind) { return 1U << static_cast<unsigned>(kind); }
// What of a limit a call ran into.
enum class Shortage { kNone, kRate, kInFlight, kQueue, kClosed };
inline constexpr std::string_view kLimitNames[] = {"account", "caller", "method"};
inline constexpr std::string_view kShortageNames[] = {"", "rate", "in_flight", "queue", "closed"};

// Why a call is refused, or would be but for shadow mode.
struct Refusal {
  LimitKind limit = LimitKind::kAccount;
  Shortage shortage = Shortage::kNone;
  // To come back after; kNever if that cannot be told.
  int64_t retry_after = 0;
  // Whether it will be admitted then; otherwise retry_after is the best guess.
  bool promised = false;
  // The limit's numbers: tokens a second now, the bucket, whole tokens left in it,
  // and calls under way of how many.
  double rate = 0;
  int64_t burst = 0;
  int64_t remaining = 0;
  int64_t in_flight = 0;
  int64_t most_in_flight = 0;
};

// kLease: tokens that this gateway may get from the shared bucket are missing.
enum class Outcome { kStart, kWait, kRefuse, kLease };

struct Decision {
  Outcome outcome = Outcome::kStart;
  // Of a call that waits: what Cancel and Turn know it by, and when it will
  // probably start.
  uint64_t ticket = 0;
  Instant forecast = 0;
  // Of a call that is refused.
  Refusal refusal = {};
  // Limits in shadow mode that would have refused it: one bit a LimitKind.
  unsigned shadowed = 0;
  bool Shadowed(LimitKind kind) const { return (shadowed & Bit(kind)) != 0; }
};

// What becomes of a call that waited: it starts, or it is refused.
struct Turn {
  Waiter* waiter = nullptr;
  uint64_t ticket = 0;
  Decision decision = {};
};

// One limit as it stands, whose numbers are those of a refusal; see Peek.
struct LimitState {
  Refusal numbers = {};
  // When a call could start that joined now.
  Instant next_free = 0;
  // Calls that wait, and times that were promised.
  size_t waiting = 0;
  size_t promised = 0;
  // Calls that shadow mode let through.
  uint64_t shadowed = 0;
};

}  // namespace blooio::gateway
