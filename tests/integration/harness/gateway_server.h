// A running blooio-gateway with a configuration file of its own.
//
//   GatewayServer gateway({.upstream = sandbox.address(), .key = sandbox.key()});
//   Caller caller(gateway.address());
//   …
//   EXPECT_EQ(gateway.Stop(), 0);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/process.h"
#include "tests/integration/harness/temp_dir.h"

namespace blooio::integration {

struct GatewayOptions {
  // Host and port of the upstream, and how it is spoken to.
  std::string upstream = "127.0.0.1:9";
  std::string scheme = "http";
  std::string key = "bl_test_of_nobody";
  std::string listen = "127.0.0.1:0";
  // Further members of the YAML mappings of the same names: "reflection: false"; of
  // the only account and of its v2.
  std::string server = "drain_delay: 0s";
  std::string account = "";
  std::string v2 = "";
  std::string upstream_settings = "";
  // Of one call: most tests look at one attempt.
  int max_attempts = 1;
  bool circuit_breaker = false;
  // Further sections: "callers: […]".
  std::string sections = "";
  // Files beside the configuration, by name.
  std::vector<std::pair<std::string, std::string>> files = {};
  // The whole file, in place of one made of the above.
  std::string config = "";
  bool anonymous = true;
  std::vector<std::string> flags = {"--log-level", "debug"};
  std::vector<std::string> environment = {};
  // Where its log goes, in place of process().err().
  std::string log_file = "";
};

class GatewayServer {
 public:
  // Starts it without waiting for anything.
  struct NotAwaited {};
  GatewayServer(const GatewayOptions& options, NotAwaited);
  // Throws when it does not get ready.
  explicit GatewayServer(const GatewayOptions& options);

  // Where it serves gRPC; "" before the ready line.
  const std::string& address() const { return address_; }
  // Where it serves metrics and probes; "" when it does not.
  const std::string& http_address() const { return http_address_; }
  // Its configuration file, whose folder also holds "key".
  const std::string& config_file() const { return config_file_; }
  // Replaces a file of that folder at once, by rename.
  void Replace(const std::string& name, const std::string& contents) const;
  // SIGTERM; the exit code, or nothing when it goes on for 30 s.
  std::optional<int> Stop();
  Process& process() { return *process_; }

 private:
  TempDir folder_;
  std::string config_file_;
  std::string address_;
  std::string http_address_;
  std::unique_ptr<Process> process_;
};

// The configuration that `options` stand for, with `key_file` as its key.
std::string ConfigText(const GatewayOptions& options, const std::string& key_file);

}  // namespace blooio::integration
