// Calls of a history, and what the upstream has seen of an operation.
#pragma once

#include <cstdint>
#include <string>

namespace blooio::gateway {

struct ModelCall {
  int id;
  int payload;
  uint64_t claim;
  int64_t began;
  // An earlier call may have made it happen.
  bool resumed = false;
  // Whether it is the last to have touched its operation.
  uint64_t touch = 0;
  // An earlier attempt may have made it happen.
  bool unclear = false;
  // How often all had been lost when it began.
  int losses = 0;
};

struct LateBegin {
  int id;
  int payload;
  uint64_t claim;
  int64_t lasts;
  int losses;
  bool given_up = false;
};

struct ModelUpstream {
  int executed = 0;  // Since the ledger last owned up to not knowing.
  bool ever = false;
  int64_t began = 0;  // The call that executed it last.
  std::string reply = {};
  int64_t first_try = -1;
  int64_t last_try = -1;
  uint64_t touches = 0;
  // Also by a call that the ledger has lost.
  bool unguarded = false;
};

}  // namespace blooio::gateway
