#include "service/pipeline/pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "service/ledger/operation.h"
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

Intent IntentOf(const Route& route, const RequestTraits& traits, Inquiry inquiry) {
  if (inquiry == Inquiry::kLook) return {.method = route.method, .read_only = route.read_only};
  return {.method = route.method,
          .read_only = route.read_only,
          .takes_sender = route.takes_sender,
          .takes_channel = route.takes_channel,
          .takes_chat = route.takes_chat,
          .sender = traits.sender,
          .channel = traits.channel,
          .recipients = traits.recipients.size()};
}

// A look needs a key alone, and every inquiry one: none may be minted for it.
Violations ViolationsOf(const Route& route, const google::protobuf::Message& request, bool keyed,
                        Inquiry inquiry) {
  if (inquiry == Inquiry::kNone || (inquiry == Inquiry::kSettle && keyed)) return Validate(route, request);
  Violations violations;
  if (!keyed) violations.first.push_back({"idempotency_key", "is required"});
  return violations;
}

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const PipelineState> state, const Parts& parts, int64_t most_calls)
    : state_(std::move(state)), parts_(parts), occupancy_(most_calls) {}

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
  Randomness& randomness = parts_.randomness;
  const absl::Time now = parts_.clock.Now();
  auto call = std::make_shared<Call>(*this, route, reply, std::move(done));
  call->outcome.state = State();
  call->outcome.notes.api = static_cast<size_t>(route.api);
  const PipelineState& state = *call->outcome.state;

  if (draining_) return call->Refuse(Draining(randomness));

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
  const PolicyVerdict verdict = state.policy.Decide(caller->index, IntentOf(route, traits, input.inquiry));
  call->outcome.notes.rule = RuleWord(verdict.broken);
  if (verdict.refused) return call->Refuse(NotAllowed(verdict.broken, account.name));
  call->outcome.notes.shadow = verdict.broken != PolicyRule::kNone;

  // is there room for one more?
  call->weight = state.WeightOf(*caller);
  if (!call->Admit()) {
    return call->Refuse(Overloaded("The gateway carries as many calls as it may", account.name, randomness));
  }

  // transcoding/: valid? proto to REST
  std::string key = CallerKey(route, request);
  const bool keyed = !key.empty();
  const Violations violations = ViolationsOf(route, request, keyed, input.inquiry);
  if (!violations.empty()) return call->Refuse(InvalidRequest(violations, account.name));
  if (input.inquiry == Inquiry::kLook) {
    call->facts.account = account.name;
    return call->Look(IdOfOperation(caller->name, account.name, route.method, key));
  }
  call->rest = WriteRequest(route, request, {.headers_into_body = account.v2_headers_into_body});

  // ledger/: whose operation is it?
  if (!route.read_only && !keyed && input.previous_attempts > 0) {
    return call->Refuse(RetryWithoutKey(account.name));
  }
  call->key_travels = !route.KeyHeader().empty();
  call->known_only = input.inquiry != Inquiry::kNone;
  if (!keyed && call->key_travels) key = MakeUuid(randomness);
  if (!key.empty()) call->operation = IdOfOperation(caller->name, account.name, route.method, key);
  call->key = key;
  call->keyed = keyed;
  call->facts = {.account = account.name,
                 .attempts = 0,
                 .repeatable = route.read_only || (call->key_travels && keyed),
                 .read_only = route.read_only,
                 .conflict_means_exists = route.rules.conflict_means_exists(),
                 .path_field = route.PathField() == nullptr ? "" : route.PathField()->field->name(),
                 .idempotency_key = call->key_travels ? std::move(key) : "",
                 .now = now};

  // ratelimit/: what it takes, and until when
  const absl::Time deadline = input.deadline == absl::InfiniteFuture()
                                  ? now + state.default_deadline
                                  : std::min(input.deadline, now + state.max_deadline);
  const absl::Time answer_by = AnswerBy(now, deadline);
  const MethodTerms terms = state.TermsOf(route.method);
  call->limited = {.account = account.place,
                   .caller = state.PlaceOf(*caller),
                   .method = terms.place,
                   .cost = terms.cost,
                   .deadline = parts_.clock.Steady() + absl::ToInt64Nanoseconds(answer_by - now)};

  // ledger/, ratelimit/, upstream/: each asks back, see call.h
  return call->Start(account, answer_by);
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
