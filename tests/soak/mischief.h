// What goes wrong, drawn from the seed: answers of the upstream, many times a second, and
// processes, every second or two.
//
//   Mischief mischief(world, tally, seed);
//   mischief.Begin(gateway);   // of the two, only this one is stopped
//   …
//   mischief.End();            // all is well again
//
// Whatever it starts ends with it: it has to outlive the world's processes.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "tests/soak/tally.h"
#include "tests/soak/world.h"

namespace blooio::soak {

class Mischief {
 public:
  Mischief(World& world, Tally& tally, uint64_t seed);
  ~Mischief();

  void Begin(size_t gateway);
  void End();
  // The fault with this number, as the sandbox's journal names it.
  std::string Fault(uint64_t number);

 private:
  // Does `deed` again and again, `pause` apart on average, whenever it may.
  void Work(absl::Duration pause, uint64_t seed, const std::function<void(std::mt19937_64&)>& deed);
  void BreakAnAnswer(std::mt19937_64& random);
  void BreakAProcess(std::mt19937_64& random);
  void RestartGateway(int signal, absl::Duration away);

  World& world_;
  Tally& tally_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool on_ = false;
  bool ended_ = false;
  int busy_ = 0;
  size_t gateway_ = 0;
  std::map<uint64_t, std::string> faults_;
  std::thread answers_;
  std::thread processes_;
};

}  // namespace blooio::soak
