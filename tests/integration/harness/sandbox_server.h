// A running blooio-sandbox with a key of its own, and what it saw.
//
//   SandboxServer sandbox;
//   sandbox.Break({{"status", 503}});              // the next request
//   …
//   EXPECT_THAT(sandbox.Requests(), SizeIs(1));
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/process.h"
#include "tests/integration/harness/temp_dir.h"

namespace blooio::integration {

using Json = nlohmann::ordered_json;

// One request as the sandbox received it.
struct Recorded {
  int64_t connection = 0;
  std::string verb;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<int> answered;

  // The header's only value; "" when it is absent or comes more than once.
  std::string Header(const std::string& name) const;
};

class SandboxServer {
 public:
  // `flags`: further ones, such as TLS. Throws when it does not get ready.
  explicit SandboxServer(const std::vector<std::string>& flags = {});

  // "127.0.0.1:port"
  const std::string& address() const { return address_; }
  // The key it accepts, random.
  const std::string& key() const { return key_; }
  // Another one from here on, also after a reset.
  void ChangeKey();
  // How the journal shows the key: "Bearer sha256:" and 8 digits.
  std::string KeyFingerprint() const { return Fingerprint(key_); }
  static std::string Fingerprint(const std::string& key);
  // Accepts these keys from here on, until the next reset.
  void Accept(const std::vector<std::string>& keys) const;

  std::vector<Recorded> Requests() const;
  // Asks until so many requests have come; false when they do not within 30 s.
  bool AwaitRequests(size_t count) const;
  // Makes the next `count` requests that match fail; README.md of the sandbox.
  void Break(const Json& fault, int count = 1, const Json& match = Json::object(), int skip = 0) const;
  // From here on it allows so many requests a second, and so many at once.
  void LimitRate(int per_second, int burst) const;
  // Since then.
  struct RateCounts {
    int64_t allowed = 0;
    int64_t refused = 0;
  };
  RateCounts CountRate() const;
  // Nothing fails any more, of what Break has said.
  void Mend() const;
  // Back to the fixtures, with an empty journal and no faults.
  void Reset() const;
  // Messages that were executed, oldest first, as /__sandbox/state shows them.
  Json ShowMessages() const;
  // Groups likewise, the fixtures among them.
  Json ShowGroups() const;
  // Their number since the last reset.
  int64_t Messages() const;
  int64_t Connections() const;
  // Makes a v4 chat with a person and returns its id.
  std::string AddChat(const std::string& channel_id, const std::string& to) const;

  Process& process() { return *process_; }

 private:
  Json Control(const std::string& verb, const std::string& target, const std::string& body = "") const;

  TempDir folder_;
  std::string key_;
  bool key_changed_ = false;
  std::string address_;
  std::unique_ptr<Process> process_;
};

// Random text of `digits` hex digits.
std::string RandomHex(int digits);

// The address in a ready line, under one of its keys; "" when it is no such line.
std::string ReadyAddress(const std::string& line, const std::string& key);

}  // namespace blooio::integration
