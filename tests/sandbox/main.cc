// blooio-sandbox: a local Blooio for tests, demos and development. README.md in
// this folder says what it answers and how to make it fail.

#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "service/base/flag_names.h"
#include "tests/sandbox/http_server.h"
#include "tests/sandbox/sandbox.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:4080", "Loopback address to listen on; port 0 takes a free one.");
ABSL_FLAG(std::string, key_file, "",
          "File with the one API key that is accepted, a trailing newline aside. "
          "Without it the key is bl_sandbox_local.");
ABSL_FLAG(std::string, tls_certificate, "", "PEM certificate chain; with --tls-private-key: HTTPS.");
ABSL_FLAG(std::string, tls_private_key, "", "PEM private key of the certificate.");
ABSL_FLAG(std::string, rate_limit, "",
          "\"100/20\": 100 requests a second, 20 at once; 429 beyond. Default: none.");

namespace blooio::sandbox {
namespace {

constexpr char kDefaultKey[] = "bl_sandbox_local";

int Fail(const std::string& sentence) {
  std::cerr << "blooio-sandbox: " << sentence << "\n";
  return 1;
}

// Thousands of connections need more descriptors than a shell usually allows.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// False when the file cannot be read or holds no key.
bool ReadKey(const std::string& path, std::string& key) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream contents;
  // Unlike an iterator, this reports a directory by a failed stream, not by an exception.
  if (!(contents << file.rdbuf())) return false;
  key = contents.str();
  if (key.ends_with('\n')) key.pop_back();
  if (key.ends_with('\r')) key.pop_back();
  return !key.empty();
}

int64_t NowMs() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t SteadyNs() {
  using std::chrono::nanoseconds;
  return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int Run() {
  std::string key = kDefaultKey;
  const std::string key_file = absl::GetFlag(FLAGS_key_file);
  if (!key_file.empty() && !ReadKey(key_file, key)) return Fail("cannot read a key from " + key_file + ".");

  Sandbox sandbox(std::move(key), NowMs, SteadyNs);
  if (const std::string rate = absl::GetFlag(FLAGS_rate_limit); !rate.empty()) {
    sandbox.api().first_rate = ReadRate(rate);
    if (!sandbox.api().first_rate) return Fail("--rate-limit has to be RATE/BURST, both from 1 to 1000000.");
    sandbox.Reset();
  }
  HttpServer server(sandbox);
  const std::string certificate = absl::GetFlag(FLAGS_tls_certificate);
  const std::string private_key = absl::GetFlag(FLAGS_tls_private_key);
  if (certificate.empty() != private_key.empty()) {
    return Fail("--tls-certificate and --tls-private-key go together.");
  }
  absl::Status status;
  if (!certificate.empty()) status = server.UseTls(certificate, private_key);
  if (status.ok()) status = server.Listen(absl::GetFlag(FLAGS_listen));
  if (!status.ok()) return Fail(std::string(status.message()));

  std::cout << Dump({{"event", "ready"}, {server.tls() ? "https" : "http", server.address()}}) << std::endl;
  server.Run();
  return 0;
}

}  // namespace
}  // namespace blooio::sandbox

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("A local Blooio for tests, demos and development.");
  absl::FlagsUsageConfig config;
  config.version_string = [] { return std::string("blooio-sandbox " BLOOIO_VERSION "\n"); };
  // Abseil's own idea of the flags that --help shows depends on the program's name.
  const auto is_own = [](absl::string_view file) { return absl::EndsWith(file, "tests/sandbox/main.cc"); };
  config.contains_help_flags = is_own;
  config.contains_helpshort_flags = is_own;
  config.contains_helppackage_flags = is_own;
  absl::SetFlagsUsageConfig(config);

  blooio::gateway::NormalizeFlagNames(argc, argv);
  if (absl::ParseCommandLine(argc, argv).size() > 1) return blooio::sandbox::Fail("takes flags only.");
  blooio::sandbox::RaiseDescriptorLimit();
  return blooio::sandbox::Run();
}
