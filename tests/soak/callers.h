// The callers: from one thread, many operations under way at once over both gateways,
// each called for in the manner of its caller.
//
//   Callers callers(world, requests, mix, tally);
//   std::deque<Operation> operations = callers.Run(128, until, calls);
//   callers.Resolve(open, patience);   // what is unknown, once everything is well again
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "tests/soak/mix.h"
#include "tests/soak/operation.h"
#include "tests/soak/requests.h"
#include "tests/soak/tally.h"
#include "tests/soak/world.h"

namespace blooio::soak {

class Callers {
 public:
  Callers(const World& world, const Requests& requests, Mix& mix, Tally& tally);
  ~Callers();

  // Keeps `at_once` operations under way until then, or until so many calls were made in
  // all; those that change something, all of them ended.
  std::deque<Operation> Run(size_t at_once, absl::Time until, int64_t calls);

  // Repeats sends with their keys until each is OK or patience ends. New groups, whose
  // keys do not travel, are asked for once more only.
  void Resolve(const std::vector<Operation*>& open, absl::Duration patience);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace blooio::soak
