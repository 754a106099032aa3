#include "tests/soak/manners.h"

#include <algorithm>

namespace blooio::soak {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(4);
constexpr absl::Duration kRepeatingDeadline = absl::Seconds(2);
constexpr int kMostCalls = 4;

}  // namespace

absl::Duration DeadlineOf(Manner manner, Mix& mix) {
  if (manner == Manner::kPolicy) return kRepeatingDeadline;
  if (manner == Manner::kHurry) return mix.Between(absl::Milliseconds(1), absl::Milliseconds(40));
  return kDeadline;
}

absl::Duration PauseAfter(const Word& word, absl::Duration most, Mix& mix) {
  if (word.meaning == Meaning::kDone) return absl::ZeroDuration();
  return std::clamp(word.pushback, mix.Between(absl::Milliseconds(5), absl::Milliseconds(50)), most);
}

bool AsksAgain(Operation& operation, Mix& mix) {
  const bool repeats = operation.manner == Manner::kRepeat || operation.manner == Manner::kRepeatDone;
  if (!repeats || operation.calls >= kMostCalls) return false;
  const Word& last = operation.words.back();
  if (last.meaning == Meaning::kDone) {
    return operation.manner == Manner::kRepeatDone &&
           std::count_if(operation.words.begin(), operation.words.end(),
                         [](const Word& word) { return word.meaning == Meaning::kDone; }) < 2;
  }
  if (operation.key.empty()) {
    // The key that the answer tells names the same operation.
    if (last.meaning == Meaning::kUnknown && operation.send()) operation.key = last.key;
    return !operation.key.empty();
  }
  // Some take "not sent" or "do not repeat" for the last word.
  return (last.meaning == Meaning::kUnknown && last.pushback >= absl::ZeroDuration()) || mix.Below(2) == 0;
}

}  // namespace blooio::soak
