// What happens to a call, in order: the one place that says so is
// Pipeline::Run. A stage never calls another stage.
//
// Thread-safe: Run may be called from any thread. A call's `done` runs exactly
// once, on the thread that called Run (refused calls), on one that carries an
// upstream loop, or where the turns of waiting calls come. Everything passed by
// reference outlives the pipeline's calls.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "service/base/clock.h"
#include "service/base/timers.h"
#include "service/errors/gateway_error.h"
#include "service/ledger/ledger.h"
#include "service/pipeline/call_notes.h"
#include "service/pipeline/occupancy.h"
#include "service/pipeline/pipeline_state.h"
#include "service/ratelimit/turnstile.h"
#include "service/transcoding/route.h"
#include "service/upstream/retry.h"

namespace blooio::gateway {

// Asks after an operation instead of making it.
enum class Inquiry {
  kNone,
  // What the ledger knows of it; its key is enough.
  kLook,
  // And goes on with it where its outcome is unknown.
  kSettle,
};

// What came with a call besides its request.
struct CallInput {
  Presented presented;
  // The account asked for, or "".
  std::string account;
  // How often a client library has tried this call before.
  int previous_attempts = 0;
  // The caller's deadline; InfiniteFuture without one.
  absl::Time deadline = absl::InfiniteFuture();
  Inquiry inquiry = Inquiry::kNone;
};

// What became of a call. Without `error` it is OK and the reply is filled.
struct CallOutcome {
  std::optional<GatewayError> error;
  // HTTP status of the last attempt's answer; 0 without one.
  int http_status = 0;
  int attempts = 0;
  // Names for the log; empty where the call did not get that far. They live in
  // `state`.
  std::string_view caller;
  std::string_view account;
  // Of an inquiry after what is not known: had it begun then and happened, it would be.
  std::optional<Known> known;
  std::shared_ptr<const PipelineState> state;
  CallNotes notes;
};

// A call under way.
class RunningCall {
 public:
  virtual ~RunningCall() = default;
  // Each ends the upstream transfer at once; any thread, any time.
  // The caller went away: nobody receives an answer.
  virtual void Cancel() = 0;
  // The gateway goes away: the caller learns whether a repeat is safe.
  virtual void Abandon() = 0;
};

class Pipeline {
 public:
  using Done = absl::AnyInvocable<void(CallOutcome) &&>;

  // What calls work with; all of it outlives them.
  struct Parts {
    Ledger& ledger;
    Turnstile& limits;
    AttemptStarter& upstream;
    Timers& timers;
    const Clock& clock;
    Randomness& randomness;
  };
  // Carries at most `most_calls` at once.
  Pipeline(std::shared_ptr<const PipelineState> state, const Parts& parts, int64_t most_calls);

  // What calls that come from here on are measured by. The state before ends in
  // Tidy, and not with the last call that uses it: whatever a state's end waits
  // for, no call waits with it. Any thread.
  void Use(std::shared_ptr<const PipelineState> state);
  // Ends the states that no call uses any more. Every second or so.
  void Tidy();
  std::shared_ptr<const PipelineState> State() const;
  const Occupancy& occupancy() const { return occupancy_; }

  // Runs one call. `request` and `reply` live until `done` has run; `reply` is
  // empty and filled only for an OK outcome. Null when the call ended at once.
  std::shared_ptr<RunningCall> Run(const Route& route, const CallInput& input,
                                   const google::protobuf::Message& request, google::protobuf::Message* reply,
                                   Done done) const;

  // Asks for what has become of marked accounts' keys, when it is time. To be called
  // every second or so.
  void ProbeKeys() const;

  // Refuses every call from here on as GATEWAY_DRAINING. Any thread.
  void StopTaking() { draining_ = true; }

 private:
  class Call;

  mutable std::mutex mutex_;  // Guards what follows, not what it points to.
  std::shared_ptr<const PipelineState> state_;
  std::vector<std::shared_ptr<const PipelineState>> before_;
  const Parts parts_;
  mutable RetryBudget retries_;
  mutable Occupancy occupancy_;
  std::atomic<bool> draining_ = false;
};

// When the gateway has to have answered, for a call that ends at `deadline`: a
// margin before it, because details sent at the last moment never arrive. The
// margin is 10 % of what is left, at least 5 ms and at most 50 ms.
absl::Time AnswerBy(absl::Time now, absl::Time deadline);

}  // namespace blooio::gateway
