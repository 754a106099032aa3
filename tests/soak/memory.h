// How much memory gateways hold, sampled while nothing is under way.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/soak/world.h"

namespace blooio::soak {

class MemoryLog {
 public:
  void Note(const std::optional<World::Memory>& memory);
  // A line for each gateway that lived through enough samples: after a third of them, by
  // when it is warm, and at the end.
  std::string Summary() const;

 private:
  // By process.
  std::map<int, std::vector<int64_t>> samples_;
};

}  // namespace blooio::soak
