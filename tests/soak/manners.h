// How callers behave between calls: how long they wait, and whether they ask again.
#pragma once

#include "absl/time/time.h"
#include "tests/soak/mix.h"
#include "tests/soak/operation.h"

namespace blooio::soak {

// Of a call in this manner.
absl::Duration DeadlineOf(Manner manner, Mix& mix);

// Before asking again: what the answer tells, or a little, and never more than `most`.
absl::Duration PauseAfter(const Word& word, absl::Duration most, Mix& mix);

// Whether the caller asks once more after the last answer. Who had no key may have one now.
bool AsksAgain(Operation& operation, Mix& mix);

}  // namespace blooio::soak
