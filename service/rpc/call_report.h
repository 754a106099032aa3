// A call that has been answered, as telemetry records it.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "service/pipeline/pipeline.h"
#include "service/telemetry/telemetry.h"

namespace blooio::gateway {

// Records what `outcome` and the messages say. `took`: from the call's arrival;
// `trace_parent`: its metadata entry, or "".
void ReportCall(const Route& route, const MethodMeter& meter, const CallOutcome& outcome,
                const google::protobuf::Message& request, const google::protobuf::Message& reply,
                std::string_view trace_parent, absl::Duration took, Telemetry& telemetry);

}  // namespace blooio::gateway
