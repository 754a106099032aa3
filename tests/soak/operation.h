// What the soak knows of one operation: what was asked for, how its caller behaves, and
// every answer about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace blooio::soak {

enum class Kind : uint8_t { kRead, kSendV2, kSendV4, kGroupV2, kGroupV4 };
inline constexpr const char* kKindNames[] = {"read", "send v2", "send v4", "group v2", "group v4"};

// How a caller behaves.
enum class Manner : uint8_t {
  kOnce,
  // Once more with the key when the answer leaves open whether it happened. Who had no
  // key takes the one that the answer tells.
  kRepeat,
  // The same, and once more after the answer that it has happened.
  kRepeatDone,
  // Twice at the same time, on both gateways.
  kTwins,
  // Through a channel that repeats by itself.
  kPolicy,
  // Cancelled after a while.
  kCancel,
  // With too little time.
  kHurry,
  // A request that the gateway has to refuse.
  kInvalid,
  // Under the key of something else that has happened.
  kOtherPayload,
  // Something that happened a while ago, once more.
  kRecall,
};
inline constexpr const char* kMannerNames[] = {"once",   "repeat", "repeat done", "twins",         "policy",
                                               "cancel", "hurry",  "invalid",     "other payload", "recall"};

// What an answer says of the operation.
enum class Meaning : uint8_t { kDone, kNotSent, kUnknown };
inline constexpr const char* kMeaningNames[] = {"done", "not sent", "unknown"};

// What is asked of ReconcileSend.
enum class Inquiry : uint8_t { kNone, kLook, kSettle };

// One answer.
struct Word {
  Meaning meaning = Meaning::kUnknown;
  int code = 0;
  std::string reason;
  // What else helps to understand it: phase, attempts, the sentence.
  std::string more;
  // Of RequestInfo.
  std::string key;
  // Until a repeat makes sense; negative: never, or not said.
  absl::Duration pushback = absl::Milliseconds(-1);
  size_t gateway = 0;
  absl::Time began;
  absl::Duration took;
};

struct Operation {
  uint64_t number = 0;
  Kind kind = Kind::kRead;
  Manner manner = Manner::kOnce;
  // By place in World.
  size_t account = 0;
  size_t caller = 0;
  std::string key;
  std::vector<Word> words;
  // Of the first answer that it has happened: the id, and all of it.
  std::string id;
  std::string reply;
  // What is asked next of what is open, and that NOT_SENT was the answer.
  Inquiry inquiry = Inquiry::kNone;
  bool ruled_out = false;
  int calls = 0;
  int under_way = 0;

  bool send() const { return kind == Kind::kSendV2 || kind == Kind::kSendV4; }
  bool done() const { return !id.empty(); }
  // Whatever is answered.
  bool never() const { return manner == Manner::kInvalid || manner == Manner::kOtherPayload; }
  // Every answer promises that nothing has happened.
  bool not_sent() const {
    for (const Word& word : words) {
      if (word.meaning != Meaning::kNotSent) return false;
    }
    return !words.empty();
  }
};

}  // namespace blooio::soak
