#include "service/rpc/server_call.h"

#include <string>

#include "absl/strings/numbers.h"
#include "service/rpc/call_report.h"
#include "service/rpc/presented.h"

namespace blooio::gateway {
namespace {

// The value of a metadata entry, "" without one. Several are joined: what is
// said twice must not be taken for one of the two.
std::string Metadata(const grpc::ServerContext& context, const char* key) {
  auto [entry, end] = context.client_metadata().equal_range(key);
  std::string value;
  for (; entry != end; ++entry) {
    if (!value.empty()) value += ',';
    value.append(entry->second.data(), entry->second.size());
  }
  return value;
}

CallInput ReadInput(const grpc::ServerContext& context, bool with_certificates) {
  CallInput input;
  input.presented = ReadPresented(context, with_certificates);
  input.account = Metadata(context, "blooio-account");
  const std::string attempts = Metadata(context, "grpc-previous-rpc-attempts");
  if (!attempts.empty() && !absl::SimpleAtoi(attempts, &input.previous_attempts)) {
    input.previous_attempts = 1;  // Said in a way that we do not read, but said.
  }
  const auto deadline = context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) input.deadline = absl::FromChrono(deadline);
  return input;
}

grpc::Status ToGrpc(const GatewayError& error) {
  return {static_cast<grpc::StatusCode>(error.status.code()), error.status.message(),
          error.status.details_size() == 0 ? "" : error.status.SerializeAsString()};
}

void AddTrailers(grpc::ServerContext& context, const CallOutcome& outcome) {
  if (outcome.attempts > 0) context.AddTrailingMetadata("blooio-attempts", std::to_string(outcome.attempts));
  if (outcome.http_status > 0) {
    context.AddTrailingMetadata("blooio-upstream-status", std::to_string(outcome.http_status));
  }
  if (outcome.error) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(outcome.error->pushback_ms));
  }
}

}  // namespace

ServerCall::ServerCall(const ServedMethod& method) : served_(method) {
  served_.registry.Add();
  context_.AsyncNotifyWhenDone(&ended_);
}

void ServerCall::Arrived(bool ok) {
  // Without ok the server is shutting down and no call has come: gRPC will not
  // report an end either.
  if (!ok) return Delete();
  AwaitNext();
  Begin();
}

void ServerCall::Ended(bool) {
  if (context_.IsCancelled() && running_ != nullptr) running_->Cancel();
  Release();
}

void ServerCall::Answered(bool) { Release(); }

void ServerCall::Begin() {
  began_ = std::chrono::steady_clock::now();
  Telemetry::Begin(served_.meter);
  served_.registry.Begin(this);
  running_ = served_.run(ReadInput(context_, served_.with_certificates), request(), reply(),
                         [this](CallOutcome outcome) { Answer(std::move(outcome)); });
  served_.registry.Run(this, running_);
}

void ServerCall::Answer(CallOutcome outcome) {
  AddTrailers(context_, outcome);
  const std::string trace_parent = Metadata(context_, "traceparent");
  const CallReport report(served_.route, served_.meter, outcome, request(), *reply(), trace_parent,
                          absl::FromChrono(std::chrono::steady_clock::now() - began_));
  // Whoever has an answer finds it counted; its line need not be waited for.
  served_.telemetry.Count(report.record());
  Send(outcome.error ? ToGrpc(*outcome.error) : grpc::Status::OK);
  served_.telemetry.WriteLine(report.record());
  Release();
}

void ServerCall::Release() {
  if (pending_.fetch_sub(1) == 1) Delete();
}

void ServerCall::Delete() {
  CallRegistry& registry = served_.registry;
  registry.End(this);
  delete this;
  registry.Remove();
}

}  // namespace blooio::gateway
