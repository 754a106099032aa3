// What the soak runs against: a sandbox, nghttpx in front of it for HTTP/2 over TLS, a
// Redis that forgets nothing, and two gateways that share it.
//
// Account 0 speaks HTTP/1.1 with the sandbox itself, account 1 goes through the front.
// Threads: processes are started and stopped by one thread, which has to outlive them:
// they end with it. The sandbox's control may be used by all.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/http2_front.h"
#include "tests/integration/harness/redis_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::soak {

using integration::Json;

inline constexpr size_t kGateways = 2;
inline constexpr std::array<const char*, 2> kAccounts = {"direct", "front"};
// The last one is allowed far less than it asks for.
inline constexpr std::array<const char*, 3> kCallers = {"alpha", "beta", "gamma"};

class World {
 public:
  World();

  // The addresses stay.
  const std::string& gateway_address(size_t gateway) const { return addresses_[gateway]; }
  const integration::CallerToken& token(size_t caller) const { return tokens_[caller]; }

  // Of the sandbox, below /__sandbox/. Nothing while it is away.
  std::optional<Json> Control(const std::string& verb, const std::string& target,
                              const Json& body = Json()) const;
  // Until the sandbox answers again.
  void AwaitSandbox() const;
  void PauseSandbox(absl::Duration time);

  void RestartFront() { front_.Restart(); }
  integration::RedisServer& redis() { return redis_; }

  // What is wrong with how it ended, its last words included; "" when it did as it was told.
  // It is away until it is started.
  std::string StopGateway(size_t gateway, int signal);
  void StartGateway(size_t gateway);

  struct Memory {
    int pid = 0;
    int64_t resident_kib = 0;
  };
  // Nothing while it is away.
  std::optional<Memory> MemoryOf(size_t gateway);

 private:
  std::string Config() const;

  const integration::TempDir folder_;
  const integration::TlsFiles files_;
  integration::SandboxServer sandbox_;
  integration::Http2Front front_;
  integration::RedisServer redis_;
  std::array<integration::CallerToken, kCallers.size()> tokens_;
  std::array<std::string, kGateways> addresses_;
  std::array<std::unique_ptr<integration::GatewayServer>, kGateways> gateways_;
};

}  // namespace blooio::soak
