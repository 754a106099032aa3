// What a call leaves behind for log and metrics, noted on its way through the
// pipeline.
#pragma once

#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "service/telemetry/call_record.h"
#include "service/transcoding/drift.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

struct CallNotes {
  // What it is counted by, of the call's PipelineState; null where it did not get
  // that far.
  CallerMeter* caller = nullptr;
  AccountMeter* account = nullptr;
  // What the caller proved who it is with, or why nobody is known as its
  // caller: words of this program, or "".
  std::string_view credential = {};
  std::string_view identity_failure = {};
  // The grant that its caller lacks, or "", and whether it is served all the same.
  std::string_view rule = {};
  bool shadow = false;
  // The limit that refused it, and what of that ran short, or ""; and those in
  // shadow mode that would have: one bit a LimitKind.
  std::string_view limit = {};
  std::string_view shortage = {};
  unsigned shadowed_limits = 0;
  // What the ledger knew of its operation, one word; "" where it was not asked.
  std::string_view ledger = {};
  // Whom it reaches; in the request, so for as long as that lives.
  absl::InlinedVector<std::string_view, 4> recipients = {};
  // The API of its attempts, in the order of kApiNames; those that began, and the time of all of them.
  size_t api = 0;
  absl::InlinedVector<AttemptKind, 3> attempts = {};
  absl::Duration queued = {};
  absl::Duration upstream = {};
  DriftCounts drift = {};

  void Add(const AttemptResult& attempt);
};

}  // namespace blooio::gateway
