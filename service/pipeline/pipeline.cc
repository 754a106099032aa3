#include "service/pipeline/pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "service/ledger/operation_key.h"
#include "service/pipeline/call.h"
#include "service/pipeline/refusals.h"
#include "service/transcoding/request_traits.h"
#include "service/transcoding/request_writer.h"
#include "service/transcoding/validator.h"

namespace blooio::gateway {
namespace {

// The caller's key for this operation, as it is in the request, or "".
std::string CallerKey(const Route& route, const google::protobuf::Message& request) {
  if (route.key_field == nullptr) return "";
  return request.GetReflection()->GetString(request, route.key_field->field);
}

Intent IntentOf(const Route& route, const RequestTraits& traits) {
  return {.method = route.method,
          .read_only = route.read_only,
          .takes_sender = route.takes_sender,
          .takes_channel = route.takes_channel,
          .takes_chat = route.takes_chat,
          .sender = traits.sender,
          .channel = traits.channel,
          .recipients = traits.recipients.size()};
}

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const PipelineState> state, Turnstile& limits, AttemptStarter& upstream,
                   const Clock& clock, Randomness& randomness)
    : state_(std::move(state)),
      limits_(limits),
      upstream_(upstream),
      clock_(clock),
      randomness_(randomness) {}

void Pipeline::Use(std::shared_ptr<const PipelineState> state) {
  std::lock_guard lock(mutex_);
  state_.swap(state);
  before_.push_back(std::move(state));
}

void Pipeline::Tidy() {
  std::vector<std::shared_ptr<const PipelineState>> unused;
  std::lock_guard lock(mutex_);
  // Nobody can take up one that only this list still has.
  const auto end =
      std::partition(before_.begin(), before_.end(), [](const auto& state) { return state.use_count() > 1; });
  unused.assign(std::move_iterator(end), std::move_iterator(before_.end()));
  before_.erase(end, before_.end());
}

std::shared_ptr<const PipelineState> Pipeline::State() const {
  std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<RunningCall> Pipeline::Run(const Route& route, const CallInput& input,
                                           const google::protobuf::Message& request,
                                           google::protobuf::Message* reply, Done done) const {
  const absl::Time now = clock_.Now();
  auto call = std::make_shared<Call>(route, reply, clock_, randomness_, std::move(done));
  call->outcome.state = State();
  const PipelineState& state = *call->outcome.state;

  if (draining_) return call->Refuse(Draining(randomness_));

  // identity/: who is calling?
  const auto [caller, proof, failure] = state.identifier.Identify(input.presented);
  call->outcome.notes.credential = ProofWord(proof);
  call->outcome.notes.identity_failure = FailureWord(failure);
  if (caller == nullptr) return call->Refuse(Unauthenticated(failure));
  call->outcome.caller = caller->name;
  call->outcome.notes.caller = state.MeterOf(*caller);

  // policy/: may it, on this account?
  const std::optional<size_t> account_place = state.policy.ChooseAccount(caller->index, input.account);
  if (!account_place) {
    call->outcome.notes.rule = RuleWord(PolicyRule::kAccount);
    return call->Refuse(NotAllowed(PolicyRule::kAccount));
  }
  const Account& account = state.accounts[*account_place];
  call->outcome.account = account.name;
  call->outcome.notes.account = account.meter.get();
  const RequestTraits traits = ReadTraits(route, request);
  call->outcome.notes.recipients = traits.recipients;
  const Verdict verdict = state.policy.Decide(caller->index, IntentOf(route, traits));
  call->outcome.notes.rule = RuleWord(verdict.broken);
  if (verdict.refused) return call->Refuse(NotAllowed(verdict.broken, account.name));
  call->outcome.notes.shadow = verdict.broken != PolicyRule::kNone;

  // transcoding/: valid? proto to REST
  const Violations violations = Validate(route, request);
  if (!violations.empty()) return call->Refuse(InvalidRequest(violations, account.name));
  call->rest = WriteRequest(route, request, {.headers_into_body = account.v2_headers_into_body});

  // ledger/: whose operation is it? A key that stays here protects nothing yet.
  const bool key_travels = !route.KeyHeader().empty();
  std::string key = CallerKey(route, request);
  const bool repeatable = route.read_only || (key_travels && !key.empty());
  if (!repeatable && input.previous_attempts > 0) return call->Refuse(RetryWithoutKey(account.name));
  if (key_travels) {
    if (key.empty()) key = MakeUuid(randomness_);
    call->rest.headers.push_back(
        {route.KeyHeader(), UpstreamKey(caller->name, account.name, route.method, key)});
  }
  call->facts = {.account = account.name,
                 .attempts = 0,
                 .repeatable = repeatable,
                 .read_only = route.read_only,
                 .conflict_means_exists = route.rules.conflict_means_exists(),
                 .path_field = route.PathField() == nullptr ? "" : route.PathField()->field->name(),
                 .idempotency_key = key_travels ? std::move(key) : "",
                 .now = now};

  // credentials/: the key that is in use
  KeyUse key_use = account.keys->Usable();
  if (key_use.key == nullptr) return call->Refuse(AccountWithoutKey(account.name, randomness_));

  // ratelimit/: now, later, or not?
  const absl::Time deadline = input.deadline == absl::InfiniteFuture()
                                  ? now + state.default_deadline
                                  : std::min(input.deadline, now + state.max_deadline);
  const absl::Time answer_by = AnswerBy(now, deadline);
  const MethodTerms terms = state.TermsOf(route.method);
  call->limited = {.account = account.place,
                   .caller = state.PlaceOf(*caller),
                   .method = terms.place,
                   .cost = terms.cost,
                   .deadline = clock_.Steady() + absl::ToInt64Nanoseconds(answer_by - now)};

  // upstream/: send; the answer comes back through Call::Finish
  return call->Start(limits_, upstream_, account, std::move(key_use), answer_by);
}

void Pipeline::ProbeKeys() const {
  for (const std::shared_ptr<const PipelineState> state = State(); const Account& account : state->accounts) {
    if (account.probe != nullptr) account.probe->Tick();
  }
}

absl::Time AnswerBy(absl::Time now, absl::Time deadline) {
  const absl::Duration left = std::max(deadline - now, absl::ZeroDuration());
  return deadline - std::clamp(left / 10, absl::Milliseconds(5), absl::Milliseconds(50));
}

}  // namespace blooio::gateway
