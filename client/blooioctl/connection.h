// The way to the gateway: where it is, how to trust it, who is calling.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/secret_string.h"

namespace blooio::client {

struct ConnectionOptions {
  std::string server = {};                     // host:port or unix:path
  std::string account = {};                    // empty: the caller's default one
  std::string token_file = {};                 // holds the bearer token; empty: none is sent
  absl::Duration timeout = absl::Seconds(30);  // of each call
  std::string tls_ca = {};                     // not empty: TLS
  std::string tls_cert = {};                   // not empty: mTLS
  std::string tls_key = {};
};

// Whether the target can only be this machine: a unix socket, localhost, ::1
// or an address in 127/8. Names that might resolve to loopback are not.
bool IsLoopback(std::string_view server);

// A channel with everything a call on it needs. Connects when first used.
class Connection {
 public:
  // InvalidArgument, with a sentence for the user, when a file cannot be read,
  // the options contradict each other, or a token would travel in clear text
  // to another machine.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(ConnectionOptions options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Gives the call its deadline.
  void SetDeadline(grpc::ClientContext& context) const;
  // Says who is calling and on which account.
  void Identify(grpc::ClientContext& context) const;

  bool Connected() const { return channel_->GetState(false) == GRPC_CHANNEL_READY; }
  // Unavailable: which address could not be reached, and what to check.
  absl::Status Unreachable(std::string_view cause) const;

 private:
  Connection(ConnectionOptions options, gateway::SecretString token, std::shared_ptr<grpc::Channel> channel);

  const ConnectionOptions options_;
  const gateway::SecretString token_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace blooio::client
