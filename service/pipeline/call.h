// One call on its way through the pipeline. Owned by shared_ptr: by whoever may
// cancel it and by the upstream attempt until that has ended.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "service/errors/outcome.h"
#include "service/pipeline/pipeline.h"

namespace blooio::gateway {

class Pipeline::Call : public RunningCall, public Waiter, public std::enable_shared_from_this<Call> {
 public:
  Call(const Route& route, google::protobuf::Message* reply, const Clock& clock, Randomness& randomness,
       Done done)
      : route_(route), reply_(reply), clock_(clock), randomness_(randomness), done_(std::move(done)) {}

  // Ends the call before anything was sent. Always null, so that a stage can
  // say `return call->Refuse(…)`.
  std::shared_ptr<RunningCall> Refuse(GatewayError error);

  // Sends `rest` with the key of `use` when the limits allow it, and once more with
  // the account's other key if Blooio answers 401. Null if the limits refuse it at
  // once; else it ends by Finish or, if it goes away before its turn, by Conclude.
  std::shared_ptr<RunningCall> Start(Turnstile& limits, AttemptStarter& upstream, const Account& account,
                                     KeyUse use, absl::Time answer_by);

  void Cancel() override { Stop(cancelled_); }
  void Abandon() override { Stop(abandoned_); }

  void Waits(uint64_t ticket) override;
  void Proceed(const Decision& decision) override;

  // Filled by the pipeline before Start, read-only afterwards.
  RestRequest rest;
  CallFacts facts;
  blooio::gateway::Call limited;
  CallOutcome outcome;

 private:
  void Stop(bool& why);
  bool WasAbandoned();
  // One attempt: its turn, itself and its end.
  Outcome Enter();
  void Leave(uint64_t ticket);
  void StartAttempt();
  void Finish(AttemptResult result);
  // The call ends as its last attempt did, or as if that had.
  void Conclude(AttemptResult result);
  void End();
  // Why the limits refuse it.
  GatewayError RefusedBy(const Decision& decision);
  // Tells the account's keys what the answer says of the one it was given. True
  // when there is another one to try.
  bool ChangesKey(AttemptResult& result);
  // The error that the attempt's end means, or nothing when the reply was read.
  std::optional<GatewayError> Read(const AttemptResult& result);

  const Route& route_;
  google::protobuf::Message* const reply_;
  const Clock& clock_;
  Randomness& randomness_;
  Done done_;

  // What attempts are made of; from Start on the attempts' own threads' alone.
  Turnstile* limits_ = nullptr;
  AttemptStarter* upstream_ = nullptr;
  std::shared_ptr<const Endpoint> endpoint_;
  std::shared_ptr<AccountKeys> keys_;
  std::shared_ptr<KeyProbe> probe_;
  KeyUse use_;
  absl::Time answer_by_;
  // Counted by the limits as under way.
  bool started_ = false;
  Instant attempt_began_ = 0;
  // While it may have to wait.
  std::shared_ptr<Call> self_;

  std::mutex mutex_;  // Guards those below: Cancel may overtake Start.
  std::shared_ptr<Attempt> attempt_;
  int attempt_number_ = 0;
  // Whether it may have to wait; its place then, and since when.
  bool waits_ = false;
  uint64_t ticket_ = 0;
  Instant waits_since_ = 0;
  bool cancelled_ = false;
  bool abandoned_ = false;
};

}  // namespace blooio::gateway
