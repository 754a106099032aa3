// What AccountKeys gives to calls and probes, and what it tells of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "service/base/secret_string.h"

namespace blooio::gateway {

// A key for one attempt. It is wiped when the last use of it is over.
struct KeyUse {
  enum class By { kCall, kSuspicion, kMark };  // The latter two are probes.

  std::shared_ptr<const SecretString> key;
  By by = By::kCall;
  uint64_t era = 0;
  // What the same call or probe has tried before, and whether 401 was all it got.
  std::vector<std::shared_ptr<const SecretString>> tried = {};
  bool all_refused = true;

  bool probe() const { return by != By::kCall; }
};

// What becomes of an account; free of key material.
struct KeyNews {
  enum class Event {
    kInUse,          // answers have put this key in front
    kReplacedInUse,  // the same, of one that its file no longer holds: an operator's alarm
    kMarked,         // Blooio refuses every key: an operator's alarm
    kBack,           // that is over
    kRouteRefused,   // a call was refused with a key that /me accepts: an operator's alarm
  };
  Event event;
  std::string fingerprint;
};

}  // namespace blooio::gateway
