#include "tests/integration/harness/sandbox_server.h"

#include <openssl/sha.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/harness/http_client.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

std::string MakeKey() { return "bl_test_" + RandomHex(32); }

}  // namespace

std::string RandomHex(int digits) {
  std::random_device device;
  std::string text;
  while (static_cast<int>(text.size()) < digits) {
    absl::StrAppend(&text, absl::Hex(device(), absl::kZeroPad8));
  }
  return text.substr(0, digits);
}

std::string ReadyAddress(const std::string& line, const std::string& key) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || json.value("event", "") != "ready") return "";
  return json.value(key, "");
}

std::string Recorded::Header(const std::string& name) const {
  std::string found;
  int count = 0;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name) && ++count > 0) found = value;
  }
  return count == 1 ? found : "";
}

SandboxServer::SandboxServer(const std::vector<std::string>& flags) : key_(MakeKey()) {
  const std::string key_file = folder_.Write("key", key_ + "\n");
  std::vector<std::string> command = {BLOOIO_SANDBOX, "--listen", "127.0.0.1:0", "--key-file", key_file};
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<Process>(command);
  const std::string line = process_->WaitForLine(kPatience).value_or("");
  address_ = ReadyAddress(line, "http");
  if (address_.empty()) address_ = ReadyAddress(line, "https");
  if (address_.empty()) throw std::runtime_error("sandbox not ready: " + line + process_->err());
}

std::string SandboxServer::Fingerprint(const std::string& key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
  return "Bearer sha256:" + absl::BytesToHexString({reinterpret_cast<const char*>(digest), 4});
}

Json SandboxServer::Control(const std::string& verb, const std::string& target,
                            const std::string& body) const {
  const HttpAnswer answer = Fetch(verb, address_, "/__sandbox/" + target, body);
  if (answer.status >= 300) throw std::runtime_error(verb + " " + target + ": " + answer.body);
  return Json::parse(answer.body);
}

std::vector<Recorded> SandboxServer::Requests() const {
  std::vector<Recorded> requests;
  const Json journal = Control("GET", "requests");
  for (const Json& entry : journal["requests"]) {
    Recorded& request = requests.emplace_back();
    request.connection = entry["connection"];
    request.verb = entry["verb"];
    request.target = entry["target"];
    for (const Json& header : entry["headers"]) request.headers.emplace_back(header[0], header[1]);
    request.body = entry.contains("body") ? entry["body"] : entry["body_base64"];
    if (!entry["answered"].is_null()) request.answered = entry["answered"];
  }
  return requests;
}

bool SandboxServer::AwaitRequests(size_t count) const {
  const absl::Time until = absl::Now() + kPatience;
  while (Requests().size() < count) {
    if (absl::Now() > until) return false;
  }
  return true;
}

void SandboxServer::Break(const Json& fault, int count, const Json& match, int skip) const {
  Json rule = {{"skip", skip}, {"count", count}, {"fault", fault}};
  if (!match.empty()) rule["match"] = match;
  Control("POST", "faults", rule.dump());
}

void SandboxServer::LimitRate(int per_second, int burst) const {
  Control("POST", "rate_limit", Json{{"requests_per_second", per_second}, {"burst", burst}}.dump());
}

SandboxServer::RateCounts SandboxServer::CountRate() const {
  const Json counts = Control("GET", "rate_limit");
  return {counts["allowed"], counts["refused"]};
}

void SandboxServer::Mend() const { Control("DELETE", "faults"); }

void SandboxServer::Reset() const {
  Control("POST", "reset");
  if (key_changed_) Accept({key_});
}

void SandboxServer::ChangeKey() {
  key_ = MakeKey();
  key_changed_ = true;
  Accept({key_});
}

void SandboxServer::Accept(const std::vector<std::string>& keys) const {
  Control("POST", "keys", Json{{"keys", keys}}.dump());
}

Json SandboxServer::ShowMessages() const { return Control("GET", "state")["messages"]; }

Json SandboxServer::ShowGroups() const { return Control("GET", "state")["groups"]; }

int64_t SandboxServer::Messages() const { return Control("GET", "counts")["messages"]; }

int64_t SandboxServer::Connections() const { return Control("GET", "counts")["connections"]; }

std::string SandboxServer::AddChat(const std::string& channel_id, const std::string& to) const {
  return Control("POST", "chats", Json{{"channel_id", channel_id}, {"to", to}}.dump())["chat_id"];
}

}  // namespace blooio::integration
