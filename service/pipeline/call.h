// One call on its way through the pipeline, from the ledger to its end. Owned by
// shared_ptr: by whoever may cancel it, and by whatever it waits for.
//
//                ┌──────────────── another key, or a retry ◀──────────┐
//                ▼                                                     │
//   Start ─▶ Next ─▶ Enter ─▶ (waits) ─▶ Proceed ─▶ StartAttempt ─▶ Finish ─▶ Conclude ─▶ End
//     ledger   circuit, limits                       upstream                 errors
//
// Its steps follow each other, on whatever threads; Cancel and Abandon may come at any
// time beside them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "service/errors/outcome.h"
#include "service/ledger/ledger.h"
#include "service/pipeline/pipeline.h"

namespace blooio::gateway {

class Pipeline::Call final : public RunningCall,
                             public Waiter,
                             public Sheddable,
                             public std::enable_shared_from_this<Call> {
 public:
  // `pipeline` outlives it.
  Call(const Pipeline& pipeline, const Route& route, google::protobuf::Message* reply, Done done)
      : pipeline_(pipeline), route_(route), reply_(reply), done_(std::move(done)) {}

  // Ends the call before anything was begun for it. Always null, so that a stage can
  // say `return call->Refuse(…)`.
  std::shared_ptr<RunningCall> Refuse(GatewayError error);

  // Counts it among the calls of the process; false when there are too many.
  bool Admit();

  // Takes its operation up in the ledger, if it has one, and sends `rest`. Null if it has
  // ended already.
  std::shared_ptr<RunningCall> Start(const Account& account, absl::Time answer_by);

  // Only asks the ledger what it knows of an operation.
  std::shared_ptr<RunningCall> Look(const OperationId& id);

  void Cancel() override { Stop(Why::kCancelled); }
  void Abandon() override { Stop(Why::kAbandoned); }
  void Shed() override { Stop(Why::kShed); }

  void Waits(uint64_t ticket) override;
  void Proceed(const Decision& decision) override;

  // Filled by the pipeline before Start.
  RestRequest rest;
  CallFacts facts;
  blooio::gateway::Call limited;
  int weight = 1;
  // What its key names, if it has one: the caller's, or one minted for it.
  std::optional<OperationId> operation;
  std::string key;
  bool keyed = false;
  // The key makes a repeat of `rest` the same operation upstream, too.
  bool key_travels = false;
  bool known_only = false;
  CallOutcome outcome;

 private:
  enum class Why { kNone, kShed, kAbandoned, kCancelled };

  // Ends what it waits for, if anything.
  void Stop(Why why);
  Why Stopped();
  // The end of a call that is stopped between two attempts, or before the first.
  void ConcludeStopped(Why why);

  // Null if it has ended.
  std::shared_ptr<RunningCall> Running();

  // ledger/
  void Answered(const Found& found);
  void Settle();

  // One attempt: the time between two, its turn, itself and its end.
  void Next();
  void Enter();
  void Leave(uint64_t ticket, Why why);
  void StartAttempt();
  void Finish(const AttemptResult& result);
  // True when there is another key to try, which the answer has given cause for.
  bool ChangesKey(const AttemptResult& result);
  // How long to wait before the same is sent once more, if it is to be.
  std::optional<absl::Duration> RetriesAfter(const AttemptResult& result);
  void Rest(absl::Duration time);
  void Rise();
  // What an attempt takes as a rule; zero where that is not known.
  absl::Duration Typical() const { return circuit_ != nullptr ? circuit_->Typical() : absl::ZeroDuration(); }
  void ReportToCircuit(const AttemptResult& result);

  // The call ends as its last attempt did, or as if that had.
  void Conclude(const AttemptResult& result);
  void End(std::optional<GatewayError> error);
  // Why the limits refuse it.
  GatewayError RefusedBy(const Decision& decision);
  // The error that the attempt's end means, or nothing when the reply was read.
  std::optional<GatewayError> Read(const AttemptResult& result);

  const Parts& parts() const { return pipeline_.parts_; }

  const Pipeline& pipeline_;
  const Route& route_;
  google::protobuf::Message* const reply_;
  Done done_;

  const Account* account_ = nullptr;  // Of outcome.state.
  Circuit* circuit_ = nullptr;
  absl::Time answer_by_;
  Digest payload_ = {};
  // An attempt of its own may have taken effect, besides what was known before.
  bool left_unknown_ = false;
  // Attempts that another key has followed.
  int keys_changed_ = 0;
  uint64_t claim_ = 0;  // In the ledger; 0: none.
  KeyUse use_;
  Circuit::Pass pass_;
  // Counted among the calls of the process, and by the limits as under way.
  bool admitted_ = false;
  bool started_ = false;
  Instant attempt_began_ = 0;
  // While it may have to wait for its turn, or rests.
  std::shared_ptr<Call> self_;

  std::mutex mutex_;  // Guards those below: Stop may come at any time.
  std::shared_ptr<Attempt> attempt_;
  int attempt_number_ = 0;
  // Whether it may have to wait for its turn; its place then, and since when.
  bool waits_ = false;
  uint64_t ticket_ = 0;
  Instant waits_since_ = 0;
  Occupancy::Place place_;
  bool rests_ = false;
  Why why_ = Why::kNone;
  bool ended_ = false;
};

}  // namespace blooio::gateway
