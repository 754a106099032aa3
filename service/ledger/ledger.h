// What is known of operations: calls that a caller's key names, so that each happens at
// most once however often it is repeated.
//
//   ledger.Begin(operation, {.lasts = left, .resumable = true}, [](Found found) {
//     switch (found.what) {
//       case Standing::kBegun:     // ours to make; end with Settle
//       case Standing::kResumed:   // the same, and it may have happened already
//       case Standing::kDone:      // found.reply
//       …
//     }
//   });
//   ledger.Settle(operation, found.claim, {Settlement::kDone, reply});
//
// An entry is running, done with its reply, or unknown: it may have happened. What did
// not happen has no entry. One that is not settled in time has become unknown. Entries
// go a day after they began; when there are too many, the oldest of those that are done
// go first. Those that run or are unknown stay: when there is no room beside them,
// nothing new begins.
//
// A ledger that is away may still have taken the claim up, or do so late. The asker
//   - refuses the call and settles the claim as kNotDone, or
//   - where the upstream knows the operation by a key, goes on as if it were kResumed,
//     since it may have happened already, and settles the claim as ever.
// Either is told to the ledger as soon as it is back, and undoes what the claim has left
// there; if the asker ends before, the entry becomes unknown when the claim runs out.
//
// Thread-safe. Answers come within Begin and Look, or within 50 ms on a thread that must
// not be held up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "service/ledger/operation.h"

namespace blooio::gateway {

enum class Standing {
  // Nothing was known of it. It runs now, and is the asker's to settle.
  kBegun,
  // It was unknown. It runs again; only its success settles whether it happened.
  kResumed,
  // Somebody else's call of it runs.
  kRunning,
  kDone,
  kUnknown,
  // Its key belongs to another request.
  kReused,
  // Nothing is known of it, and nothing was begun: see Found::known.
  kAbsent,
  // There is no room for another entry.
  kFull,
  // The ledger cannot be asked just now. Of Begin: settle the claim whatever becomes of it.
  kAway,
};

// For log and metrics.
inline constexpr std::string_view kStandingNames[] = {"begun",  "resumed", "running", "done", "unknown",
                                                      "reused", "absent",  "full",    "away"};
constexpr std::string_view StandingName(Standing standing) {
  return kStandingNames[static_cast<size_t>(standing)];
}

// An operation that began after `since` and before `until` would be known, had it happened or
// might it have. By the ledger's clock. One that was not begun here began when it was settled.
// While a gateway that shares the ledger is cut off from it, or has ended so, `until` stays when
// it last had told all, for as long as entries are kept. Only of gateways that have never
// reached the ledger, or that it has lost with all else, nothing is known.
struct Known {
  absl::Time since = absl::InfiniteFuture();
  absl::Time until = absl::InfinitePast();
};

struct Found {
  Standing what = Standing::kAway;
  // Of kBegun and kResumed, and of kAway to Begin: names the claim.
  uint64_t claim = 0;
  // Of kDone: what it was settled with.
  std::string reply = {};
  // Of kAbsent.
  Known known = {};
};

struct Settlement {
  enum Kind {
    // It happened. Holds whoever says it, and for good: the first reply stays.
    kDone,
    // It did not, and may be begun anew. What was resumed is unknown again.
    kNotDone,
    // It may have happened.
    kUnknown,
  };
  Kind kind = kUnknown;
  // Of kDone.
  std::string reply = {};
};

struct Claim {
  // After this its outcome is unknown, unless it was settled.
  absl::Duration lasts;
  // What is unknown may be tried again: the upstream knows the operation by a key.
  bool resumable = false;
  // Nothing new is begun.
  bool known_only = false;
};

class Ledger {
 public:
  using Answer = absl::AnyInvocable<void(Found) &&>;
  virtual ~Ledger() = default;

  // Takes the operation up if nobody else has.
  virtual void Begin(const Operation& operation, const Claim& claim, Answer answer) = 0;
  // What is known of an operation: kRunning, kDone, kUnknown, kAbsent or kAway.
  virtual void Look(const OperationId& id, Answer answer) = 0;
  // What became of a claim, once; claim 0 with kUnknown or kDone: of an operation that was not
  // begun here. Where somebody else has taken the operation up since,
  // kNotDone changes nothing, and after kUnknown only success settles it for them, too.
  // What the ledger had lost, or never got to know, it learns by kDone and kUnknown.
  virtual void Settle(const Operation& operation, uint64_t claim, Settlement settlement) = 0;
};

}  // namespace blooio::gateway
