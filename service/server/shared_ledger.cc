#include "service/server/shared_ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Of what was kept; calls that come meanwhile have their turn.
constexpr size_t kToldAtOnce = 64;
// As many as there may be calls: more at once would count as a Redis in trouble.
constexpr size_t kMostCallsOut = 20'000;

// By LedgerWord.
constexpr std::array kStandings = {Standing::kBegun,  Standing::kResumed, Standing::kRunning,
                                   Standing::kDone,   Standing::kUnknown, Standing::kReused,
                                   Standing::kAbsent, Standing::kFull};
// By Settlement::Kind.
constexpr std::array kEnds = {LedgerEnd::kDone, LedgerEnd::kNotDone, LedgerEnd::kUnknown};

std::string Hex(const Digest& digest) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

LedgerClaim ClaimOf(const Operation& operation, uint64_t claim) {
  return {.id = Hex(operation.id), .payload = Hex(operation.payload), .claim = Cat(absl::Hex(claim))};
}

size_t BytesOf(const ScriptCall& call) {
  size_t bytes = 0;
  for (const std::string& argument : call.arguments) bytes += argument.size();
  return bytes;
}

Found FoundBy(const RedisReply& reply, uint64_t claim) {
  LedgerAnswer answer = ReadLedgerAnswer(reply);
  Found found = {.what = kStandings[static_cast<size_t>(answer.word)], .reply = std::move(answer.reply)};
  if (found.what == Standing::kBegun || found.what == Standing::kResumed) found.claim = claim;
  if (found.what == Standing::kAbsent) {
    found.known = {absl::FromUnixMicros(answer.known_since_us), absl::FromUnixMicros(answer.known_until_us)};
  }
  return found;
}

}  // namespace

SharedLedger::SharedLedger(EventLoop& loop, Randomness& randomness, Options options,
                           WatchedRedis::Observer observer)
    : loop_(loop),
      randomness_(randomness),
      scope_{.prefix = std::move(options.prefix),
             .max_entries = options.max_entries,
             .retention = options.retention},
      answer_within_(options.redis.answer_within),
      beat_(options.beat),
      name_(Cat(absl::Hex(randomness.Next()))),
      observer_(std::move(observer)) {
  loop_.Post([this, redis = std::move(options.redis)]() mutable {
    next_beat_ = std::make_unique<Alarm>(loop_);
    redis.most_calls_out = std::max(redis.most_calls_out, kMostCallsOut);
    redis_ = std::make_unique<WatchedRedis>(loop_, std::move(redis), LedgerProbe(scope_), randomness_,
                                            [this](const WatchedRedis::Change& change) { Changed(change); });
  });
}

SharedLedger::~SharedLedger() {
  absl::Notification told;
  loop_.Post([this, &told] {
    told_ = &told;
    SayWhenTold();
  });
  told.WaitForNotificationWithTimeout(answer_within_);
  loop_.Post([this] {
    told_ = nullptr;
    next_beat_.reset();
    redis_.reset();
  });
  loop_.Flush();
  // What ran before that may have posted more.
  loop_.Flush();
}

void SharedLedger::Begin(const Operation& operation, const Claim& claim, Answer answer) {
  const uint64_t name = std::max<uint64_t>(randomness_.Next(), 1);
  const LedgerTerms terms = {
      .lasts = claim.lasts, .resumable = claim.resumable, .known_only = claim.known_only};
  loop_.Post([this, name, may_go_on = claim.resumable, answer = std::move(answer),
              call = LedgerBegin(scope_, ClaimOf(operation, name), terms)]() mutable {
    Ask(std::move(call), name, may_go_on, std::move(answer));
  });
}

void SharedLedger::Look(const OperationId& id, Answer answer) {
  loop_.Post([this, call = LedgerLook(scope_, Hex(id)), answer = std::move(answer)]() mutable {
    Ask(std::move(call), /*claim=*/0, /*may_go_on=*/false, std::move(answer));
  });
}

void SharedLedger::Settle(const Operation& operation, uint64_t claim, Settlement settlement) {
  const bool fits = settlement.reply.size() <= kMostReplyBytes;
  const LedgerEnd end = fits ? kEnds[settlement.kind] : LedgerEnd::kUnknown;
  if (end != LedgerEnd::kDone) settlement.reply.clear();
  loop_.Post([this, call = LedgerSettle(scope_, ClaimOf(operation, claim), end,
                                        std::move(settlement.reply))]() mutable { Tell(std::move(call)); });
}

void SharedLedger::Ask(ScriptCall call, uint64_t claim, bool may_go_on, Answer answer) {
  redis_->Run(std::move(call), [this, claim, may_go_on,
                                answer = std::move(answer)](const absl::StatusOr<RedisReply>& reply) mutable {
    if (reply.ok()) return std::move(answer)(FoundBy(*reply, claim));
    gone_on_ |= may_go_on;
    std::move(answer)({.what = Standing::kAway, .claim = claim});
  });
}

void SharedLedger::Changed(const WatchedRedis::Change& change) {
  read_us_ = 0;
  if (change.available && gone_on_) MoveOn();
  TellKept();
  Beat();
  observer_(change);
}

void SharedLedger::MoveOn() {
  gone_on_ = false;
  ++telling_;
  redis_->Run(LedgerMoveOn(scope_), [this](const absl::StatusOr<RedisReply>& reply) {
    --telling_;
    if (!reply.ok()) gone_on_ = true;
    TellKept();
  });
}

void SharedLedger::Beat() {
  if (next_beat_ == nullptr) return;
  next_beat_->Set(beat_, [this] { Beat(); });
  if (!available() || gone_on_ || !untold_.empty()) return;
  // What is under way to Redis comes before it. What began before the time that it tells has
  // come to the loop since.
  redis_->Run(LedgerBeat(scope_, name_, read_us_), [this](const absl::StatusOr<RedisReply>& reply) {
    if (!reply.ok()) return;
    if (std::exchange(read_us_, ReadLedgerTime(*reply)) == 0) Beat();
  });
}

void SharedLedger::Tell(ScriptCall call) {
  if (!available()) return Keep(std::move(call));
  ++telling_;
  // Kept: whether one that fails was heard is unknown.
  ScriptCall copy = call;
  redis_->Run(std::move(copy),
              [this, call = std::move(call)](const absl::StatusOr<RedisReply>& reply) mutable {
                --telling_;
                reply.ok() ? TellKept() : Keep(std::move(call));
              });
}

void SharedLedger::TellKept() {
  while (available() && !untold_.empty() && telling_ < kToldAtOnce) {
    ScriptCall call = std::move(untold_.front());
    untold_.pop_front();
    untold_bytes_ -= BytesOf(call);
    Tell(std::move(call));
  }
  SayWhenTold();
}

void SharedLedger::Keep(ScriptCall call) {
  const size_t bytes = BytesOf(call);
  if (untold_.size() < kMostUntold && untold_bytes_ + bytes <= kMostUntoldBytes) {
    untold_bytes_ += bytes;
    untold_.push_back(std::move(call));
  } else {
    gone_on_ = true;
  }
  SayWhenTold();
}

void SharedLedger::SayWhenTold() {
  const bool pending = available() && (telling_ > 0 || !untold_.empty());
  if (told_ == nullptr || pending) return;
  next_beat_.reset();
  absl::Notification* const told = std::exchange(told_, nullptr);
  if (!available() || gone_on_ || !untold_.empty()) return told->Notify();
  redis_->Run(LedgerLeave(scope_, name_), [told](const absl::StatusOr<RedisReply>&) { told->Notify(); });
}

}  // namespace blooio::gateway
