// Random histories of operations: calls that repeat, fail, crash, outlive their claims and
// happen late, while time passes and entries are evicted. A ledger is told all of it, and
// what it says is compared with the reference and with what the upstream has seen.
//
//   History history(subject, {.seed = 7, .lossy = true});
//   EXPECT_EQ(history.Play(), "");
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "service/base/text.h"
#include "tests/unit/ledger/ledger_model.h"
#include "tests/unit/ledger/model_calls.h"
#include "tests/unit/ledger/model_gateways.h"
#include "tests/unit/ledger/subject.h"

namespace blooio::gateway {

class History {
 public:
  static constexpr int64_t kStart = 1'000'000;
  static constexpr ReferenceLedger::Options kOptions = {.max_entries = 4, .retention = 1000};
  static constexpr int kNever = 99;  // An operation that nobody makes.

  struct Options {
    uint64_t seed = 0;
    int events = 50;
    // Messages to the ledger are lost or late, and it may lose what it knows. Gateways that share
    // it go on without it, and may die before they are back.
    bool lossy = false;
  };

  History(Subject& subject, const Options& options)
      : subject_(subject), options_(options), random_(options.seed), reference_(kOptions, kStart) {}

  // What went wrong first; empty: nothing.
  std::string Play() {
    for (int i = 0; i < options_.events && wrong_.empty(); ++i) {
      // Every event has a time of its own.
      now_ += 1 + Upto(Chance(8) ? 1500 : 20);
      Event();
    }
    for (const Late& late : std::exchange(late_, {})) Arrive(late);
    now_ += kLongestClaim + 1;
    for (int id = 0; id < kIds; ++id) {
      if (Look(id).what == Standing::kRunning) Wrong("runs for ever", id);
    }
    return wrong_;
  }

 private:
  static constexpr int kIds = 6;
  static constexpr int64_t kLongestClaim = 60;

  using Call = ModelCall;
  using Late = LateBegin;
  using Upstream = ModelUpstream;

  static bool Travels(int id) { return id % 2 == 1; }
  int64_t Upto(int64_t most) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(most + 1)); }
  bool Chance(int one_in) { return Upto(one_in - 1) == 0; }
  void Wrong(const std::string& what, int id) {
    if (wrong_.empty())
      wrong_ = Cat("seed ", options_.seed, ", at ", now_ - kStart, ", operation ", id, ": ", what);
  }

  void Event() {
    if (options_.lossy && Chance(2)) return OfGateways(static_cast<size_t>(Upto(ModelGateways::kCount - 1)));
    const int64_t dice = Upto(99);
    if (dice < 45) return Begin(static_cast<int>(Upto(kIds - 1)));
    if (dice < 80 && !calls_.empty()) return Advance();
    if (dice < 85 && !crashed_.empty()) return ExecuteLate();
    if (options_.lossy && dice < 90) return LoseBegin(static_cast<int>(Upto(kIds - 1)));
    if (options_.lossy && dice < 94 && !late_.empty()) return Arrive(Take(late_));
    if (options_.lossy && dice == 94) {
      ++losses_;
      reference_.LoseAll();
      subject_.LoseAll();
      // What it had heard of gateways, too: their connections are lost, or would be.
      for (size_t place = 0; place < ModelGateways::kCount; ++place) Return(place);
      return;
    }
    Look(static_cast<int>(Upto(kIds - 1)));
  }

  void OfGateways(size_t place) {
    for (size_t i = 0; i < ModelGateways::kCount; ++i) gateways_.Beat(i, now_);
    const int64_t dice = Upto(19);
    if (dice < 3) return gateways_.CutOff(place, Chance(2));
    if (dice < 5) return Return(place);
    if (dice < 6) return gateways_.ArriveLate(now_);
    if (dice < 7) {
      kept_[place].clear();
      return gateways_.Replace(place, now_);
    }
    if (gateways_.MayGoOn(place, now_)) GoOn(place, static_cast<int>(Upto(kIds / 2 - 1)) * 2 + 1);
  }

  // Without the ledger.
  void GoOn(size_t place, int id) {
    gateways_.GoOn(place);
    Try(id);
    const Call call = {id, 0, ++claims_, now_, /*resumed=*/true, /*touch=*/0, /*unclear=*/true, losses_};
    if (Chance(2)) Execute(call);
    kept_[place].push_back(call);
  }

  void Return(size_t place) {
    gateways_.Return(place, now_);
    for (const Call& call : std::exchange(kept_[place], {})) {
      if (!IsOver(call)) Settle(call, {Settlement::kUnknown});
    }
    gateways_.Beat(place, now_);
  }

  void Try(int id) {
    Upstream& upstream = upstream_[static_cast<size_t>(id)];
    if (upstream.first_try < 0) upstream.first_try = now_;
    upstream.last_try = now_;
  }

  template <class T>
  T Take(std::vector<T>& list) {
    std::swap(list[static_cast<size_t>(Upto(static_cast<int64_t>(list.size()) - 1))], list.back());
    T taken = std::move(list.back());
    list.pop_back();
    return taken;
  }

  void Compare(const ReferenceLedger::Heard& heard, const ReferenceLedger::Heard& expected, int id) {
    if (heard != expected) {
      Wrong(Cat("says ", heard.Text(kStart), " instead of ", expected.Text(kStart)), id);
    }
    const Upstream& upstream = upstream_[static_cast<size_t>(id)];
    if (heard.what == Standing::kDone && heard.reply != upstream.reply && !upstream.unguarded)
      Wrong("has another reply", id);
    const bool known = heard.known_since < upstream.first_try && upstream.last_try <= heard.known_until;
    if (heard.what == Standing::kAbsent && known && upstream.ever) {
      Wrong("is said to be absent, and has happened", id);
    }
  }

  ReferenceLedger::Heard Look(int id) {
    const ReferenceLedger::Heard heard = subject_.Look(id, now_);
    const ReferenceLedger::Heard expected = reference_.Look(id, now_);
    if (id != kNever) Compare(heard, expected, id);
    return heard;
  }

  void Begin(int id) {
    Upstream& upstream = upstream_[static_cast<size_t>(id)];
    const int payload = Chance(10) ? 1 : 0;
    const Claim terms = {
        .lasts = absl::Seconds(Upto(kLongestClaim)), .resumable = Travels(id), .known_only = Chance(10)};
    uint64_t claim = ++claims_;
    Try(id);
    const ReferenceLedger::Heard heard = subject_.Begin(id, payload, &claim, terms, now_);
    Compare(heard, Refer(id, payload, claim, terms), id);
    if (heard.what != Standing::kBegun && heard.what != Standing::kResumed) return;
    if (heard.what == Standing::kBegun && upstream.ever && !Travels(id)) {
      // Only if it says that it does not know.
      if (Look(kNever).known_since < upstream.began) Wrong("begins anew, and has happened", id);
      upstream.executed = 0;
      upstream.unguarded = false;
    }
    const bool resumed = heard.what == Standing::kResumed;
    calls_.push_back({id, payload, claim, now_, resumed, ++upstream.touches, /*unclear=*/false, losses_});
  }

  ReferenceLedger::Heard Refer(int id, int payload, uint64_t claim, const Claim& terms) {
    return reference_.Begin(id, payload, claim, absl::ToInt64Seconds(terms.lasts), terms.resumable,
                            terms.known_only, now_);
  }

  // An attempt of some call, or its end.
  void Advance() {
    Call call = Take(calls_);
    if (IsOver(call)) return;
    const bool executed = Chance(2);
    if (Chance(5)) {  // Its gateway has crashed, and the attempt is still under way, or is not.
      if (executed) {
        upstream_[static_cast<size_t>(call.id)].ever = true;
        crashed_.push_back(call);
      }
      return;
    }
    if (executed) Execute(call);
    if (Chance(3)) {  // The answer is lost.
      call.unclear = true;
      if (Travels(call.id) && Chance(2)) return calls_.push_back(call);
      return Settle(call, {Settlement::kUnknown});
    }
    if (executed) return Settle(call, {Settlement::kDone, upstream_[static_cast<size_t>(call.id)].reply});
    // Of what was resumed it may be said, and does not hold.
    Settle(call, {call.unclear ? Settlement::kUnknown : Settlement::kNotDone});
  }

  void Execute(const Call& call) {
    Upstream& upstream = upstream_[static_cast<size_t>(call.id)];
    if (Travels(call.id) && upstream.executed > 0) return;  // The upstream knows the key.
    upstream.ever = true;
    upstream.began = std::max(upstream.began, call.began);
    upstream.reply = Cat("reply ", call.id, " ", now_);
    if (call.losses != losses_) {
      upstream.unguarded = true;
    } else if (++upstream.executed > 1) {
      Wrong("has happened twice", call.id);
    }
  }

  void ExecuteLate() {
    const Call call = Take(crashed_);
    if (!IsOver(call)) Execute(call);
  }
  // No call takes as long as its entry is kept.
  bool IsOver(const Call& call) const { return call.began + kOptions.retention <= now_; }

  void Settle(const Call& call, const Settlement& settlement) {
    Upstream& upstream = upstream_[static_cast<size_t>(call.id)];
    subject_.Settle(call.id, call.payload, call.claim, settlement, now_);
    reference_.Settle(call.id, call.payload, call.claim, settlement, now_);
    const bool last = upstream.touches == call.touch;
    ++upstream.touches;
    const Standing what = Look(call.id).what;
    if (settlement.kind == Settlement::kNotDone && !call.resumed && last && what != Standing::kAbsent) {
      Wrong("is not free although it has failed", call.id);
    }
  }

  // Its answer is lost, and it may not arrive, or only after the settlement.
  void LoseBegin(int id) {
    Upstream& upstream = upstream_[static_cast<size_t>(id)];
    Try(id);
    const bool absent = Look(id).what == Standing::kAbsent;
    Late late = {id, 0, ++claims_, Upto(kLongestClaim), losses_};
    ++upstream.touches;
    const int64_t fate = Upto(2);
    if (fate == 0) Arrive(late);
    late.given_up = !Travels(id);
    if (fate == 1) late_.push_back(late);
    // The answer to the first word to a ledger that is back.
    reference_.MoveOn(now_);
    subject_.MoveOn(now_);
    const Call call = {id,
                       0,
                       late.claim,
                       now_,
                       /*resumed=*/Travels(id),
                       absent ? upstream.touches : 0,
                       /*unclear=*/false,
                       losses_};
    if (Travels(id)) return calls_.push_back(call);
    Settle(call, {Settlement::kNotDone});
  }

  void Arrive(const Late& late) {
    const Claim terms = {.lasts = absl::Seconds(late.lasts), .resumable = Travels(late.id)};
    uint64_t claim = late.claim;
    ++upstream_[static_cast<size_t>(late.id)].touches;
    const ReferenceLedger::Heard heard = subject_.Begin(late.id, late.payload, &claim, terms, now_);
    Compare(heard, Refer(late.id, late.payload, claim, terms), late.id);
    const bool taken = heard.what == Standing::kBegun || heard.what == Standing::kResumed;
    if (taken && late.given_up && late.losses == losses_) Wrong("comes to be after it was given up", late.id);
  }

  Subject& subject_;
  const Options options_;
  std::mt19937_64 random_;
  ReferenceLedger reference_;
  ModelGateways gateways_{subject_, reference_, kOptions.retention};
  // By gateway: what it has to tell.
  std::array<std::vector<Call>, ModelGateways::kCount> kept_;
  int64_t now_ = kStart;
  uint64_t claims_ = 0;
  int losses_ = 0;
  std::vector<Call> calls_;
  std::vector<Call> crashed_;
  std::vector<Late> late_;
  std::array<Upstream, kIds> upstream_;
  std::string wrong_;
};

}  // namespace blooio::gateway
