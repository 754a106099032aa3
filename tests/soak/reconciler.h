// Compares what callers were answered with what the upstream has done.
//
//   Reconciler reconciler(world, requests, tally, mischief);
//   reconciler.Judge(operations);   // all of them have ended and nothing is under way
//
// Of operations that were judged it keeps a byte each, and so sees what happens to
// them later.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/soak/mischief.h"
#include "tests/soak/operation.h"
#include "tests/soak/requests.h"
#include "tests/soak/tally.h"
#include "tests/soak/world.h"

namespace blooio::soak {

class Reconciler {
 public:
  Reconciler(const World& world, const Requests& requests, Tally& tally, Mischief& mischief)
      : world_(world), requests_(requests), tally_(tally), mischief_(mischief) {}

  void Judge(const std::deque<Operation>& operations);

 private:
  // What the upstream has made, by the ids that it gave.
  using Found = std::unordered_map<uint64_t, std::vector<std::string>>;
  struct Past {
    uint8_t times = 0;
    bool absent = false;
  };

  // Whatever is new since the last time.
  Found ReadExecuted();
  void ReadPages(const std::string& target, const std::string& member, const std::string& text,
                 uint64_t* after, Found* found);
  void JudgeOne(const Operation& operation, const std::vector<std::string>& ids);
  void JudgeLate(uint64_t number, const std::vector<std::string>& ids);
  void Report(const std::string& kind, const std::string& history, uint64_t number);
  // The requests that carried it, from the sandbox's journal.
  std::string Journal(uint64_t number);

  const World& world_;
  const Requests& requests_;
  Tally& tally_;
  Mischief& mischief_;
  uint64_t messages_ = 0;
  uint64_t groups_v2_ = 0;
  uint64_t groups_v4_ = 0;
  std::unordered_set<std::string> keys_;
  // By number.
  std::vector<Past> past_;
};

}  // namespace blooio::soak
