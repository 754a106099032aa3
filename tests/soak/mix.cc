#include "tests/soak/mix.h"

#include "absl/strings/str_cat.h"
#include "tests/soak/world.h"

namespace blooio::soak {
namespace {

// So many that have happened are remembered.
constexpr size_t kRemembered = 4096;
constexpr double kReads = 0.3;
constexpr double kKeyed = 0.6;
constexpr double kOfGamma = 0.03;

template <class Value>
struct Share {
  Value value;
  int percent;
};

constexpr Share<Kind> kKinds[] = {
    {Kind::kSendV2, 32}, {Kind::kSendV4, 32}, {Kind::kGroupV2, 18}, {Kind::kGroupV4, 18}};
constexpr Share<Manner> kWithKey[] = {
    {Manner::kOnce, 25},  {Manner::kRepeat, 30},     {Manner::kRepeatDone, 10}, {Manner::kTwins, 10},
    {Manner::kPolicy, 8}, {Manner::kCancel, 6},      {Manner::kHurry, 4},       {Manner::kInvalid, 1},
    {Manner::kRecall, 4}, {Manner::kOtherPayload, 2}};
constexpr Share<Manner> kWithoutKey[] = {{Manner::kOnce, 45},  {Manner::kRepeat, 25}, {Manner::kPolicy, 12},
                                         {Manner::kCancel, 9}, {Manner::kHurry, 7},   {Manner::kInvalid, 2}};

template <class Value, size_t kSize>
Value Pick(const Share<Value> (&shares)[kSize], size_t percent) {
  for (const Share<Value>& share : shares) {
    if (percent < static_cast<size_t>(share.percent)) return share.value;
    percent -= static_cast<size_t>(share.percent);
  }
  return shares[0].value;
}

}  // namespace

Operation Mix::Next() {
  Operation operation;
  operation.account = Below(kAccounts.size());
  operation.caller = Chance() < kOfGamma ? kCallers.size() - 1 : Below(kCallers.size() - 1);
  if (Chance() < kReads) return operation;
  operation.kind = Pick(kKinds, Below(100));
  const bool keyed = Chance() < kKeyed;
  operation.manner = keyed ? Pick(kWithKey, Below(100)) : Pick(kWithoutKey, Below(100));
  if (operation.manner == Manner::kRecall || operation.manner == Manner::kOtherPayload) {
    if (done_.empty()) {
      operation.manner = Manner::kOnce;
    } else {
      // As it was, key and all.
      const Manner manner = operation.manner;
      Operation& done = done_[Below(done_.size())];
      operation = done;
      operation.manner = manner;
      if (manner == Manner::kRecall) return operation;
      // While the ledger was away its key may have become the other's: it is not recalled any more.
      std::swap(done, done_.back());
      done_.pop_back();
      operation.id = operation.reply = "";
      operation.number = ++last_number_;
      return operation;
    }
  }
  operation.number = ++last_number_;
  if (keyed) operation.key = absl::StrCat("key-", operation.number);
  return operation;
}

void Mix::Remember(const Operation& operation) {
  Operation done = operation;
  done.words.clear();
  done.calls = done.under_way = 0;
  if (done_.size() < kRemembered) {
    done_.push_back(std::move(done));
  } else {
    done_[Below(kRemembered)] = std::move(done);
  }
}

}  // namespace blooio::soak
