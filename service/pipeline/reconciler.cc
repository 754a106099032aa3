#include "service/pipeline/reconciler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "service/pipeline/refusals.h"
#include "service/transcoding/request_traits.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;

const google::protobuf::OneofDescriptor& Sends() {
  return *v1::ReconcileSendRequest::descriptor()->oneof_decl(0);
}

// The send may have happened, or runs: that is an answer here, and no error.
bool LeavesItUnknown(const GatewayError& error) {
  switch (error.reason) {
    case v1::ERROR_REASON_OPERATION_IN_PROGRESS:
    case v1::ERROR_REASON_OUTCOME_UNKNOWN:
    case v1::ERROR_REASON_UPSTREAM_UNAVAILABLE:
      return true;
    default:
      return false;
  }
}

GatewayError NamesNoSend(std::string_view account) {
  Violations violations;
  violations.first.push_back({"send", "is required: the send to ask after, with its idempotency_key"});
  return InvalidRequest(violations, account);
}

// It only showed what would be sent.
bool IsDryRun(const google::protobuf::Message& sent) {
  const auto* v4 = google::protobuf::DynamicCastToGenerated<v4::SendChatMessageResponse>(&sent);
  return v4 != nullptr && v4->message().dry_run();
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// Within which the caller's send, if it was ever made, was made each time.
struct Made {
  absl::Time first;
  absl::Time last;
};

std::optional<Made> WhenMade(const v1::ReconcileSendRequest& request) {
  if (!request.has_first_made()) return std::nullopt;
  const absl::Time first = TimeOf(request.first_made());
  const absl::Time last = request.has_last_made() ? std::max(first, TimeOf(request.last_made())) : first;
  return Made{first - Reconciler::kClockTolerance, last + Reconciler::kClockTolerance};
}

bool Covers(const Known& known, const Made& made) {
  return known.since <= made.first && made.last <= known.until;
}

void ReadOutcome(const Route& send, const google::protobuf::Message& sent, std::optional<Made> made,
                 v1::ReconcileSendResponse& reply, CallOutcome& outcome) {
  if (!outcome.error) {
    for (const std::string_view id : ReadResultIds(send, sent)) reply.add_message_ids(std::string(id));
    const bool dry = reply.message_ids().empty() && IsDryRun(sent);
    reply.set_outcome(dry ? v1::ReconcileSendResponse::OUTCOME_NOT_SENT
                          : v1::ReconcileSendResponse::OUTCOME_SENT);
  } else if (LeavesItUnknown(*outcome.error)) {
    const bool never = outcome.known && made && Covers(*outcome.known, *made);
    reply.set_outcome(never ? v1::ReconcileSendResponse::OUTCOME_NOT_SENT
                            : v1::ReconcileSendResponse::OUTCOME_STILL_UNKNOWN);
    outcome.error.reset();
  }
}

}  // namespace

absl::Status Reconciler::Prepare() {
  for (int i = 0; i < Sends().field_count(); ++i) {
    const FieldDescriptor* field = Sends().field(i);
    absl::StatusOr<const Route*> route = routes_.CompileFor(field->message_type());
    if (!route.ok()) return route.status();
    sends_[field->number()] = *route;
  }
  return absl::OkStatus();
}

std::shared_ptr<RunningCall> Reconciler::Run(CallInput input, const v1::ReconcileSendRequest& request,
                                             v1::ReconcileSendResponse* reply, Pipeline::Done done) const {
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  // Who names no send has to be known and allowed all the same before hearing so.
  const FieldDescriptor* named = reflection.GetOneofFieldDescriptor(request, &Sends());
  const FieldDescriptor* field = named != nullptr ? named : Sends().field(0);
  const google::protobuf::Message& send = reflection.GetMessage(request, field);
  const Route& route = *sends_.at(field->number());
  const std::shared_ptr<google::protobuf::Message> sent(
      reflection.GetMessageFactory()->GetPrototype(route.reply->descriptor)->New());
  input.inquiry = request.settle() && named != nullptr ? Inquiry::kSettle : Inquiry::kLook;
  return pipeline_.Run(
      route, input, send, sent.get(),
      [&route, sent, made = WhenMade(request), reply, named,
       done = std::move(done)](CallOutcome outcome) mutable {
        if (named == nullptr && outcome.error && outcome.error->reason == v1::ERROR_REASON_INVALID_REQUEST) {
          outcome.error = NamesNoSend(outcome.account);
        } else {
          ReadOutcome(route, *sent, made, *reply, outcome);
        }
        std::move(done)(std::move(outcome));
      });
}

}  // namespace blooio::gateway
