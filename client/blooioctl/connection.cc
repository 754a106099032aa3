#include "client/blooioctl/connection.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "client/blooioctl/input_file.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Cat;
using gateway::SecretString;

constexpr int kMaxReplyBytes = 64 << 20;
constexpr int kMaxMetadataBytes = 64 << 10;  // details past the default of 8 KiB would lose the status
constexpr size_t kMaxTokenBytes = 16 << 10;
constexpr size_t kMaxPemBytes = 16 << 20;
constexpr absl::Duration kLongestTimeout = absl::Hours(24);  // `inf` is no deadline that gRPC takes

absl::Status MisusedFlag(std::string_view text) { return absl::InvalidArgumentError(gateway::Piece(text)); }

// What gRPC takes as a metadata value; it aborts the process on anything else.
bool IsVisibleAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::StatusOr<SecretString> ReadSecret(std::string_view flag, const std::string& path, size_t limit) {
  if (path.empty()) return SecretString();
  absl::StatusOr<std::string> text = ReadInputFile(path, limit);
  if (!text.ok()) return MisusedFlag(Cat(flag, ": ", std::string(text.status().message())));
  if (text->empty()) return MisusedFlag(Cat(flag, ": ", path, " is empty"));
  return SecretString(*std::move(text));
}

absl::StatusOr<SecretString> ReadToken(const std::string& path) {
  absl::StatusOr<SecretString> file = ReadSecret("--token-file", path, kMaxTokenBytes);
  if (!file.ok() || path.empty()) return file;
  const std::string_view text = file->Reveal();
  const std::string_view token = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  if (token.empty() || !IsVisibleAscii(token)) {
    return MisusedFlag(Cat("--token-file: ", path, " does not hold one token of visible ASCII characters"));
  }
  return SecretString(std::string(token));
}

absl::Status Check(const ConnectionOptions& options) {
  if (options.server.find(':') == std::string::npos) return MisusedFlag("--server is host:port or unix:path");
  if (!IsVisibleAscii(options.account)) return MisusedFlag("--account is visible ASCII only");
  if (options.timeout <= absl::ZeroDuration()) return MisusedFlag("--timeout has to be positive");
  if (options.tls_cert.empty() != options.tls_key.empty())
    return MisusedFlag("--tls-cert and --tls-key go together");
  if (options.tls_ca.empty() && !options.tls_cert.empty()) return MisusedFlag("--tls-cert needs --tls-ca");
  if (!options.token_file.empty() && options.tls_ca.empty() && !IsLoopback(options.server)) {
    return MisusedFlag(Cat("the token would travel to ", options.server, " in clear text; set --tls-ca"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const ConnectionOptions& options) {
  if (options.tls_ca.empty()) return grpc::InsecureChannelCredentials();
  absl::StatusOr<SecretString> ca = ReadSecret("--tls-ca", options.tls_ca, kMaxPemBytes);
  if (!ca.ok()) return ca.status();
  absl::StatusOr<SecretString> cert = ReadSecret("--tls-cert", options.tls_cert, kMaxPemBytes);
  if (!cert.ok()) return cert.status();
  absl::StatusOr<SecretString> key = ReadSecret("--tls-key", options.tls_key, kMaxPemBytes);
  if (!key.ok()) return key.status();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = ca->Reveal();
  ssl.pem_cert_chain = cert->Reveal();
  ssl.pem_private_key = key->Reveal();
  auto credentials = grpc::SslCredentials(ssl);
  gateway::Wipe(ssl.pem_private_key);
  return credentials;
}

}  // namespace

bool IsLoopback(std::string_view server) {
  if (server.starts_with("unix:")) return true;
  const std::string host(server.substr(0, server.rfind(':')));
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "[::1]";
}

Connection::Connection(ConnectionOptions options, SecretString token, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)), token_(std::move(token)), channel_(std::move(channel)) {}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(ConnectionOptions options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  absl::StatusOr<SecretString> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  auto credentials = Credentials(options);
  if (!credentials.ok()) return credentials.status();

  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  // What is meant for this machine must not leave it through a proxy.
  if (IsLoopback(options.server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  auto channel = grpc::CreateCustomChannel(options.server, *credentials, arguments);
  return std::unique_ptr<Connection>(
      new Connection(std::move(options), *std::move(token), std::move(channel)));
}

void Connection::SetDeadline(grpc::ClientContext& context) const {
  const absl::Duration timeout = std::min(options_.timeout, kLongestTimeout);
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
}

void Connection::Identify(grpc::ClientContext& context) const {
  if (!options_.account.empty()) context.AddMetadata("blooio-account", options_.account);
  if (token_.empty()) return;
  std::string header = Cat("Bearer ", token_.Reveal());
  context.AddMetadata("authorization", header);
  gateway::Wipe(header);
}

absl::Status Connection::Unreachable(std::string_view cause) const {
  const std::string_view tls = options_.tls_ca.empty()
                                   ? "that it speaks clear text there (otherwise set --tls-ca)"
                                   : "that it speaks TLS there with a certificate that --tls-ca vouches for";
  return absl::UnavailableError(Cat("cannot reach a gateway at ", options_.server, " within ",
                                    absl::FormatDuration(options_.timeout), ": ", cause,
                                    "\nCheck that the gateway runs and listens on ", options_.server,
                                    " (--server), and ", tls, "."));
}

}  // namespace blooio::client
