// Who is calling? So far only the anonymous caller, for loopback listeners.
//
// Thread-safe: immutable after construction.
#pragma once

#include <cstddef>
#include <string>

namespace blooio::gateway {

// What a caller presents to prove who it is.
struct Presented {
  // An `authorization` entry came with the call, whatever it holds.
  bool authorization = false;
};

// Somebody who may call.
struct Caller {
  std::string name;
  // Its place among the callers of the configuration; anonymous comes last.
  size_t index = 0;
};

class Identifier {
 public:
  // Whether callers without a credential are served.
  explicit Identifier(bool anonymous) : anonymous_served_(anonymous) {}

  // The caller, or null: unauthenticated. A credential is never ignored: with
  // one that cannot be verified the call does not become anonymous.
  const Caller* Identify(const Presented& presented) const {
    return presented.authorization || !anonymous_served_ ? nullptr : &anonymous_;
  }

 private:
  Caller anonymous_{"anonymous", 0};
  bool anonymous_served_;
};

}  // namespace blooio::gateway
