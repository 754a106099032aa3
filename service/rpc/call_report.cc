#include "service/rpc/call_report.h"

#include "service/transcoding/request_traits.h"

namespace blooio::gateway {
namespace {

static_assert(static_cast<size_t>(Api::kV2) == 0 && static_cast<size_t>(Api::kV4) == 1, "as in kApiNames");

absl::InlinedVector<DriftRecord, kDriftKinds> ReadDrift(const DriftCounts& counts) {
  absl::InlinedVector<DriftRecord, kDriftKinds> drift;
  for (size_t kind = 0; kind < kDriftKinds; ++kind) {
    if (counts.of[kind] > 0) drift.push_back({kDriftNames[kind], counts.of[kind]});
  }
  return drift;
}

absl::InlinedVector<std::string_view, 3> ReadShadowed(unsigned limits) {
  absl::InlinedVector<std::string_view, 3> names;
  for (size_t kind = 0; kind < std::size(kLimitNames); ++kind) {
    if ((limits & Bit(static_cast<LimitKind>(kind))) != 0) names.push_back(kLimitNames[kind]);
  }
  return names;
}

}  // namespace

CallReport::CallReport(const Route& route, const MethodMeter& meter, const CallOutcome& outcome,
                       const google::protobuf::Message& request, const google::protobuf::Message& reply,
                       std::string_view trace_parent, absl::Duration took)
    : drift_(ReadDrift(outcome.notes.drift)), shadowed_(ReadShadowed(outcome.notes.shadowed_limits)) {
  const CallNotes& notes = outcome.notes;
  record_ = {.method = &meter,
             .caller = notes.caller,
             .account = notes.account,
             .http_status = outcome.http_status,
             .api = notes.api,
             .attempts = notes.attempts,
             .queued = notes.queued,
             .upstream = notes.upstream,
             .total = took,
             .request_bytes = request.ByteSizeLong(),
             .trace_parent = trace_parent,
             .recipients = notes.recipients,
             .credential = notes.credential,
             .identity_failure = notes.identity_failure,
             .rule = notes.rule,
             .shadow = notes.shadow,
             .limit = notes.limit,
             .shortage = notes.shortage,
             .shadowed_limits = shadowed_,
             .ledger = notes.ledger,
             .drift = drift_};
  if (outcome.error) {
    record_.code = outcome.error->status.code();
    record_.reason = outcome.error->reason;
    record_.alarm = outcome.error->alarm;
  } else {
    record_.reply_bytes = reply.ByteSizeLong();
    result_ids_ = ReadResultIds(route, reply);
    record_.result_ids = result_ids_;
  }
}

}  // namespace blooio::gateway
