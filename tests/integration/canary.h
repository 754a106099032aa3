// Looks for what must be nowhere, in everything that a process says and shows.
//
//   Canaries canaries;
//   canaries.Add("a token", token);
//   EXPECT_EQ(canaries.FoundIn(process.err()), "");
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/caller.h"

namespace blooio::integration {

class Canaries {
 public:
  void Add(const std::string& name, const std::string& text) { canaries_.emplace_back(name, text); }

  // What stands between the points of a token, but for the header, which tells
  // nothing.
  void AddJwt(const std::string& name, const std::string& token) {
    const size_t payload = token.find('.') + 1, signature = token.rfind('.') + 1;
    Add(name + "'s claims", token.substr(payload, signature - 1 - payload));
    Add(name + "'s signature", token.substr(signature));
  }

  // Each line of base64.
  void AddPem(const std::string& name, const std::string& pem) {
    constexpr size_t kTooShortToTell = 16;
    std::istringstream lines(pem);
    for (std::string line; std::getline(lines, line);) {
      if (line.size() >= kTooShortToTell && line[0] != '-') Add(name, line);
    }
  }

  // The names of those that `text` holds.
  std::string FoundIn(const std::string& text) const {
    std::string found;
    for (const auto& [name, canary] : canaries_) {
      if (text.find(canary) != std::string::npos) found += name + "\n";
    }
    return found;
  }
  size_t size() const { return canaries_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> canaries_;
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

// Everything that a caller was told, but for RequestInfo, whose purpose is to give
// the caller its own key back.
inline std::string Told(const Result& result) {
  std::string told = result.message + "\n";
  for (const google::protobuf::Any& detail : result.status.details()) {
    if (!detail.Is<google::rpc::RequestInfo>()) told += detail.DebugString() + detail.value() + "\n";
  }
  for (const auto& [name, value] : result.trailers) {
    if (name != "grpc-status-details-bin") told.append(name).append(": ").append(value).append("\n");
  }
  return told;
}

}  // namespace blooio::integration
