#include "service/pipeline/call_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

AttemptResult Ended(AttemptEnd end, Phase phase, int status = 0) {
  AttemptResult result;
  result.end = end;
  result.phase = phase;
  result.status = status;
  return result;
}

TEST(CallNotesTest, NameWhatBecameOfEachAttempt) {
  CallNotes notes;
  for (const int status : {200, 201, 302, 404, 429, 503, 599, 999}) {
    notes.Add(Ended(AttemptEnd::kAnswered, Phase::kSent, status));
  }
  notes.Add(Ended(AttemptEnd::kNotSent, Phase::kConnect));
  notes.Add(Ended(AttemptEnd::kUnsendable, Phase::kConnect));
  notes.Add(Ended(AttemptEnd::kTlsUntrusted, Phase::kConnect));
  notes.Add(Ended(AttemptEnd::kLost, Phase::kSent));
  notes.Add(Ended(AttemptEnd::kDeadline, Phase::kSent));
  notes.Add(Ended(AttemptEnd::kCancelled, Phase::kConnect));
  using enum AttemptKind;
  EXPECT_THAT(notes.attempts, ElementsAre(k2xx, k2xx, k3xx, k4xx, k4xx, k5xx, k5xx, k5xx, kNotSent, kNotSent,
                                          kNotSent, kLost, kDeadline, kCancelled));
}

TEST(CallNotesTest, DoNotCountWhatNeverLeftTheQueue) {
  CallNotes notes;
  notes.Add(Ended(AttemptEnd::kDeadline, Phase::kQueue));
  notes.Add(Ended(AttemptEnd::kCancelled, Phase::kQueue));
  EXPECT_THAT(notes.attempts, IsEmpty());
}

TEST(CallNotesTest, AddUpTimes) {
  CallNotes notes;
  AttemptResult attempt = Ended(AttemptEnd::kAnswered, Phase::kSent, 401);
  attempt.took = absl::Milliseconds(10);
  attempt.queued = absl::Milliseconds(3);
  notes.Add(attempt);
  attempt.took = absl::Milliseconds(5);
  attempt.queued = absl::Milliseconds(1);
  notes.Add(attempt);
  EXPECT_EQ(notes.queued, absl::Milliseconds(4));
  EXPECT_EQ(notes.upstream, absl::Milliseconds(11));
}

}  // namespace
}  // namespace blooio::gateway
