// A call that has been answered, as telemetry records it.
#pragma once

#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "service/pipeline/pipeline.h"
#include "service/telemetry/call_record.h"

namespace blooio::gateway {

// What `outcome` and the messages say; all that it is made of outlives it.
class CallReport {
 public:
  // `took`: from the call's arrival; `trace_parent`: its metadata entry, or "".
  CallReport(const Route& route, const MethodMeter& meter, const CallOutcome& outcome,
             const google::protobuf::Message& request, const google::protobuf::Message& reply,
             std::string_view trace_parent, absl::Duration took);
  CallReport(const CallReport&) = delete;
  CallReport& operator=(const CallReport&) = delete;

  const CallRecord& record() const { return record_; }

 private:
  absl::InlinedVector<DriftRecord, kDriftKinds> drift_;
  absl::InlinedVector<std::string_view, 3> shadowed_;
  absl::InlinedVector<std::string_view, 2> result_ids_;
  CallRecord record_;
};

}  // namespace blooio::gateway
