#include "service/rpc/server_call.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "service/rpc/presented.h"
#include "service/telemetry/log.h"

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

void LogCall(const Route& route, const CallOutcome& outcome, absl::Duration took) {
  const bool alarm = outcome.error && outcome.error->alarm;
  const LogLevel level = alarm ? LogLevel::kError : LogLevel::kDebug;
  if (!IsLogged(level)) return;
  const int code = outcome.error ? outcome.error->status.code() : 0;
  const bool has_reason = outcome.error && outcome.error->reason != v1::ERROR_REASON_UNSPECIFIED;
  Log(level, alarm ? "alarm" : "call",
      {{"method", route.method},
       {"caller", std::string(outcome.caller)},
       {"account", std::string(outcome.account)},
       {"code", google::rpc::Code_Name(code)},
       {"reason", has_reason ? ReasonName(outcome.error->reason) : ""},
       {"http_status", std::to_string(outcome.http_status)},
       {"attempts", std::to_string(outcome.attempts)},
       {"ms", std::to_string(absl::ToInt64Milliseconds(took))}});
}

}  // namespace

ServerCall::ServerCall(const Pipeline& pipeline, const Route& route, CallRegistry& registry,
                       bool with_certificates)
    : pipeline_(pipeline), route_(route), registry_(registry), with_certificates_(with_certificates) {
  registry_.Add();
  context_.AsyncNotifyWhenDone(&ended_);
}

void ServerCall::On(Event event, bool ok) {
  switch (event) {
    case Event::kArrived:
      // Without ok the server is shutting down and no call has come: gRPC will
      // not report an end either.
      if (!ok) {
        Delete();
        return;
      }
      AwaitNext();
      Begin();
      return;
    case Event::kEnded:
      if (context_.IsCancelled() && running_ != nullptr) running_->Cancel();
      Release();
      return;
    case Event::kAnswered:
      Release();
      return;
  }
}

void ServerCall::Begin() {
  began_ = absl::Now();
  registry_.Begin(this);
  running_ = pipeline_.Run(route_, ReadInput(context_, with_certificates_), request(), reply(),
                           [this](CallOutcome outcome) { Answer(std::move(outcome)); });
  registry_.Run(this, running_);
}

void ServerCall::Answer(CallOutcome outcome) {
  AddTrailers(context_, outcome);
  LogCall(route_, outcome, absl::Now() - began_);
  Send(outcome.error ? ToGrpc(*outcome.error) : grpc::Status::OK);
  Release();
}

void ServerCall::Release() {
  if (pending_.fetch_sub(1) == 1) Delete();
}

void ServerCall::Delete() {
  CallRegistry& registry = registry_;
  registry.End(this);
  delete this;
  registry.Remove();
}

}  // namespace blooio::gateway
