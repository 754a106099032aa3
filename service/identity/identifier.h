// Who is calling? So far only the anonymous caller, for loopback listeners.
//
// Thread-safe: immutable after construction.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace blooio::gateway {

// What a caller presents to prove who it is.
struct Presented {
  // An `authorization` entry came with the call, whatever it holds.
  bool authorization = false;
};

// Somebody who may call, and what it is granted.
struct Caller {
  std::string name;
  // Accounts it may use, the first by default; never empty.
  std::vector<std::string> accounts;
};

class Identifier {
 public:
  // `anonymous`: the caller without a credential, if it is served.
  explicit Identifier(std::optional<Caller> anonymous) : anonymous_(std::move(anonymous)) {}

  // The caller, or null: unauthenticated. A credential is never ignored: with
  // one that cannot be verified the call does not become anonymous.
  const Caller* Identify(const Presented& presented) const {
    return presented.authorization || !anonymous_ ? nullptr : &*anonymous_;
  }

 private:
  std::optional<Caller> anonymous_;
};

}  // namespace blooio::gateway
