#include "tests/soak/world.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/integration/harness/http_client.h"

namespace blooio::soak {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
// Of what a gateway says, in bytes.
constexpr size_t kLastWords = 4000;

// Below those that Linux gives to who connects: nobody takes it while its owner is away.
std::string SomeAddress() {
  std::random_device device;
  return absl::StrCat("127.0.0.1:", std::uniform_int_distribution<int>(12'000, 32'000)(device));
}

std::string Account(const std::string& name, const std::string& url) {
  return absl::StrCat("  - { name: ", name, ", api_key_file: key, v2: { base_url: '", url,
                      "/v2/api' }, v4: { base_url: '", url, "/v4' } }\n");
}

}  // namespace

World::World()
    : files_(integration::MakeTlsFiles(folder_, "front")),
      sandbox_({"--listen", SomeAddress()}),
      front_(files_, sandbox_.address()),
      // Its file stays short enough to be read in a second.
      redis_({"appendonly yes", "appendfsync always", "auto-aof-rewrite-min-size 16mb"}) {
  for (size_t gateway = 0; gateway < kGateways; ++gateway) {
    addresses_[gateway] = SomeAddress();
    StartGateway(gateway);
  }
}

std::string World::Config() const {
  std::string callers;
  for (size_t i = 0; i < kCallers.size(); ++i) {
    absl::StrAppend(&callers, "  - { name: ", kCallers[i], ", token_sha256: [", tokens_[i].digest,
                    "], accounts: [", absl::StrJoin(kAccounts, ", "), "], methods: ['*']",
                    i + 1 == kCallers.size() ? ", rate_limit: { requests_per_second: 60, burst: 30 }" : "",
                    " }\n");
  }
  return absl::StrCat("accounts:\n", Account(kAccounts[0], "http://" + sandbox_.address()),
                      Account(kAccounts[1], "https://" + front_.address()), "callers:\n", callers,
                      "upstream: { connect_timeout: 1s, attempt_timeout: 1s, default_deadline: 5s, ",
                      "max_deadline: 10s, ca_file: '", files_.authority, "' }\n", "redis: { address: '",
                      redis_.address(), "', replicas: 2 }\n",
                      // What is recalled is still known.
                      "ledger: { max_entries: 1000000 }\n");
}

void World::StartGateway(size_t gateway) {
  integration::GatewayOptions options;
  options.key = sandbox_.key();
  options.flags = {"--log-level", "error"};
  options.config = absl::StrCat("server: { listen: '", addresses_[gateway],
                                "', drain_delay: 100ms, drain_timeout: 200ms }\n", Config());
  gateways_[gateway].reset();
  gateways_[gateway] = std::make_unique<integration::GatewayServer>(options);
}

std::string World::StopGateway(size_t gateway, int signal) {
  integration::Process& process = gateways_[gateway]->process();
  process.Signal(signal);
  const std::optional<int> code = process.WaitForExit(kPatience);
  const std::string errors = process.err();
  const bool well = code == (signal == SIGKILL ? 128 + SIGKILL : 0);
  if (well && !integration::HasFinding(errors)) return "";
  return absl::StrCat("  gateway ", gateway, ", signal ", signal, ", exit code ",
                      code ? absl::StrCat(*code) : "none", "\n",
                      errors.substr(errors.size() - std::min(errors.size(), kLastWords)), "\n");
}

std::optional<Json> World::Control(const std::string& verb, const std::string& target,
                                   const Json& body) const {
  try {
    const integration::HttpAnswer answer = integration::Fetch(
        verb, sandbox_.address(), "/__sandbox/" + target, body.is_null() ? "" : body.dump());
    if (answer.status >= 300) throw std::invalid_argument(verb + " " + target + ": " + answer.body);
    return Json::parse(answer.body);
  } catch (const std::invalid_argument&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void World::AwaitSandbox() const {
  for (const absl::Time until = absl::Now() + kPatience; !Control("GET", "counts");) {
    if (absl::Now() > until) throw std::runtime_error("the sandbox does not come back");
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void World::PauseSandbox(absl::Duration time) {
  sandbox_.process().Signal(SIGSTOP);
  absl::SleepFor(time);
  sandbox_.process().Signal(SIGCONT);
}

std::optional<World::Memory> World::MemoryOf(size_t gateway) {
  Memory memory;
  memory.pid = gateways_[gateway]->process().pid();
  std::ifstream status(absl::StrCat("/proc/", memory.pid, "/status"));
  for (std::string word; status >> word;) {
    if (word == "VmRSS:" && status >> memory.resident_kib) return memory;
  }
  return std::nullopt;
}

}  // namespace blooio::soak
