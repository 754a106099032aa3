// Reads the JSON of one fault: what is inside "fault" of a rule.
//
// Threads: pure function.
#pragma once

#include "absl/status/statusor.h"
#include "tests/sandbox/faults.h"

namespace blooio::sandbox {

// INVALID_ARGUMENT with a sentence for unknown keys, wrong types, headers that
// would break the framing, and combinations that mean nothing.
absl::StatusOr<Fault> ReadFault(const Json& json);

}  // namespace blooio::sandbox
