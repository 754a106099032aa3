#include "tests/bench/load/contestants.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "tests/bench/load/payload.h"

namespace blooio::bench {
namespace {

using integration::GatewayServer;
using integration::Process;

constexpr absl::Duration kPatience = absl::Seconds(10);
// Calls in flight that clients warm up for in the time that is theirs; B's connections take longer for more.
constexpr int kFew = 64;
// Nobody runs into them, but all are kept.
constexpr char kWide[] = "rate_limit: { requests_per_second: 100000, burst: 100000 }";
constexpr char kCallers[] = R"(
callers:
  - name: load
    token_sha256: [$0]
    accounts: [main]
    methods: ["blooio.v4.MessagesService/*"]
    $1
    max_in_flight: 20000
    method_limits: [{ method: blooio.v4.MessagesService/SendChatMessage, $1 }]
http: { listen: '127.0.0.1:0' }
)";

std::string FirstLine(Process& process, const std::string& name) {
  const std::string line = process.WaitForLine(kPatience).value_or("");
  if (line.empty()) throw std::runtime_error(absl::StrCat(name, " does not start: ", process.err()));
  return std::string(absl::StripAsciiWhitespace(line));
}

}  // namespace

Contestants::Contestants(size_t text_bytes, size_t reply_bytes, const std::string& go_gateway)
    : text_bytes_(text_bytes),
      upstream_(files_, Nginx::Answering(folder_.Write("reply.json", ReplyJson(reply_bytes)))),
      proxy_(files_, Nginx::Passing(upstream_)),
      no_op_({BENCH_NO_OP}),
      no_op_address_(FirstLine(no_op_, "the no-op server")),
      http1_(Start("http", upstream_.clear_address(), go_gateway)),
      http2_(Start("https", upstream_.tls_address(), go_gateway)),
      names_({kNoOp, kCurl, kGateway, kNginx}) {
  if (!go_gateway.empty()) names_.emplace_back(kGo);
}

Contestants::Servers Contestants::Start(const std::string& scheme, const std::string& upstream,
                                        const std::string& go_gateway) const {
  Servers servers;
  servers.gateway = std::make_unique<GatewayServer>(
      integration::GatewayOptions{.upstream = upstream,
                                  .scheme = scheme,
                                  .key = kUpstreamKey,
                                  .server = "drain_delay: 0s, max_in_flight: 20000",
                                  .account = absl::StrCat(kWide, ", max_in_flight: 20000"),
                                  .upstream_settings = absl::StrCat("ca_file: '", files_.authority, "'"),
                                  .max_attempts = 3,
                                  .circuit_breaker = true,
                                  .sections = absl::Substitute(kCallers, token_.digest, kWide),
                                  .anonymous = false,
                                  .flags = {},
                                  .log_file = log_file_});
  if (go_gateway.empty()) return servers;
  servers.go = std::make_unique<Process>(
      std::vector<std::string>{go_gateway, absl::StrCat("--upstream=", scheme, "://", upstream, "/v4"),
                               absl::StrCat("--ca=", scheme == "https" ? files_.authority : ""),
                               absl::StrCat("--key=", kUpstreamKey)});
  servers.go_address = FirstLine(*servers.go, "the gateway in Go");
  return servers;
}

std::vector<std::string> Contestants::Command(const std::string& name, const Case& what) const {
  const Servers& servers = what.http2 ? http2_ : http1_;
  const auto caller = [&](const std::string& address, pid_t pid) {
    return std::vector<std::string>{BENCH_CALLER, "--address=" + address, "--token=" + token_.text,
                                    absl::StrCat("--watch=", pid)};
  };
  const auto http = [&](const Nginx& nginx, pid_t pid) {
    return std::vector<std::string>{BENCH_HTTP,
                                    absl::StrCat("--url=", what.http2 ? "https://" : "http://",
                                                 what.http2 ? nginx.tls_address() : nginx.clear_address(),
                                                 "/v4/chats/chat_demo_1/messages"),
                                    absl::StrCat("--ca=", what.http2 ? files_.authority : ""),
                                    absl::StrCat("--watch=", pid)};
  };
  if (name == kNoOp) return caller(no_op_address_, no_op_.pid());
  if (name == kCurl) return http(upstream_, 0);
  if (name == kNginx) return http(proxy_, proxy_.pid());
  if (name == kGo) return caller(servers.go_address, servers.go->pid());
  return caller(servers.gateway->address(), servers.gateway->process().pid());
}

Sample Contestants::Measure(const std::string& name, const Case& what, absl::Duration length) {
  std::filesystem::resize_file(log_file_, 0);
  std::vector<std::string> command = Command(name, what);
  command.push_back(absl::StrCat("--in_flight=", what.in_flight));
  if (what.in_flight > kFew) command.emplace_back("--warm_up=300ms");
  command.push_back(absl::StrCat("--text_bytes=", text_bytes_));
  command.push_back(absl::StrCat("--length=", absl::FormatDuration(length)));
  Process client(command);
  const std::optional<int> code = client.WaitForExit(length + kPatience);
  const auto window = nlohmann::json::parse(client.out(), nullptr, false);
  if (code != 0 || !window.is_object()) {
    throw std::runtime_error(absl::StrCat(name, ": its client failed: ", client.out(), client.err()));
  }
  const auto number = [&window](const char* member) { return window.at(member).get<double>(); };
  if (number("failed") > 0 || number("calls") == 0) {
    throw std::runtime_error(absl::StrCat(name, ", ", what.in_flight, " in flight, ",
                                          what.http2 ? "HTTP/2" : "HTTP/1.1",
                                          ": calls failed: ", client.out()));
  }
  return {.calls_a_second = number("calls") / number("seconds"),
          .cpu_us = number("cpu_us") / number("calls"),
          .p50_us = number("p50_us"),
          .p99_us = number("p99_us"),
          .p999_us = number("p999_us")};
}

}  // namespace blooio::bench
