#include "tests/integration/harness/gateway_server.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Further(const std::string& members) { return members.empty() ? "" : ", " + members; }

}  // namespace

std::string ConfigText(const GatewayOptions& options, const std::string& key_file) {
  const std::string url = options.scheme + "://" + options.upstream;
  return absl::StrCat("server: { listen: '", options.listen, "'", Further(options.server), " }\n",
                      "accounts:\n  - { name: main, api_key_file: ", key_file, ", v2: { base_url: '", url,
                      "/v2/api'", Further(options.v2), " }, v4: { base_url: '", url, "/v4' }",
                      Further(options.account), " }\n",
                      "anonymous: { enabled: ", options.anonymous ? "true" : "false", " }\n",
                      "upstream: { connect_timeout: 3s, max_attempts: ", options.max_attempts,
                      ", circuit_breaker: ", options.circuit_breaker ? "true" : "false",
                      Further(options.upstream_settings), " }\n", options.sections);
}

GatewayServer::GatewayServer(const GatewayOptions& options, NotAwaited) {
  folder_.Write("key", options.key + "\n");
  for (const auto& [name, contents] : options.files) folder_.Write(name, contents);
  config_file_ =
      folder_.Write("gateway.yaml", options.config.empty() ? ConfigText(options, "key") : options.config);
  std::vector<std::string> command = {BLOOIO_GATEWAY, "--config", config_file_};
  command.insert(command.end(), options.flags.begin(), options.flags.end());
  if (!options.log_file.empty()) {
    command.insert(command.begin(), {"/bin/sh", "-c", "exec \"$@\" 2>>\"$0\"", options.log_file});
  }
  process_ = std::make_unique<Process>(command, options.environment);
}

GatewayServer::GatewayServer(const GatewayOptions& options) : GatewayServer(options, NotAwaited{}) {
  const std::string line = process_->WaitForLine(kPatience).value_or("");
  address_ = ReadyAddress(line, "grpc");
  http_address_ = ReadyAddress(line, "http");
  if (address_.empty()) throw std::runtime_error("gateway not ready: " + line + process_->err());
}

void GatewayServer::Replace(const std::string& name, const std::string& contents) const {
  std::filesystem::rename(folder_.Write(name + ".next", contents), folder_.path() / name);
}

std::optional<int> GatewayServer::Stop() {
  process_->Signal(SIGTERM);
  return process_->WaitForExit(kPatience);
}

}  // namespace blooio::integration
