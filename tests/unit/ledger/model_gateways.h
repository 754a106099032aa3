// Gateways that share a ledger, as it hears of them: they beat, are cut off from it and go on,
// come back, die and take their leave. Subject and reference are told the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/unit/ledger/subject.h"

namespace blooio::gateway {

class ModelGateways {
 public:
  static constexpr size_t kCount = 3;

  ModelGateways(Subject& subject, ReferenceLedger& reference, int64_t retention)
      : subject_(subject), reference_(reference), retention_(retention) {}

  bool cut_off(size_t place) const { return all_[place].cut_off; }

  // Tells that all was told until it last heard the time, and hears it.
  void Beat(size_t place, int64_t now) {
    Gateway& gateway = all_[place];
    if (gateway.cut_off) return;
    const bool first = gateway.heard == 0;
    Tell(gateway.name, gateway.heard, now);
    gateway.heard = now;
    if (first) Tell(gateway.name, now, now);
  }
  // `beating`: a beat was under way, and may still arrive.
  void CutOff(size_t place, bool beating) {
    Gateway& gateway = all_[place];
    if (!gateway.cut_off && beating && gateway.heard != 0) late_.push_back({gateway.name, gateway.heard});
    gateway.cut_off = true;
  }
  // One that is given up may not: the ledger says so of those that are away for too long.
  bool MayGoOn(size_t place, int64_t now) const {
    return all_[place].cut_off && now < all_[place].heard + retention_ / 2;
  }
  void GoOn(size_t place) { all_[place].gone_on = true; }
  // To be followed by what it has kept, and a beat.
  void Return(size_t place, int64_t now) {
    Gateway& gateway = all_[place];
    if (gateway.gone_on) {
      reference_.MoveOn(now);
      subject_.MoveOn(now);
    }
    gateway = {.name = gateway.name, .cut_off = false};
  }
  // Another one comes in its place, which is heard of before it does anything.
  void Replace(size_t place, int64_t now) {
    Gateway& gateway = all_[place];
    if (!gateway.cut_off && now % 2 == 0) {
      reference_.Leave(gateway.name);
      subject_.Leave(gateway.name, now);
    }
    gateway = {.name = ++names_, .cut_off = false};
    Beat(place, now);
  }
  void ArriveLate(int64_t now) {
    if (late_.empty()) return;
    Tell(late_.back().name, late_.back().told, now);
    late_.pop_back();
  }

 private:
  struct Gateway {
    int name = 0;
    int64_t heard = 0;
    bool cut_off = true;
    bool gone_on = false;
  };
  struct Late {
    int name;
    int64_t told;
  };

  void Tell(int name, int64_t told, int64_t now) {
    reference_.Beat(name, told, now);
    subject_.Beat(name, told, now);
  }

  Subject& subject_;
  ReferenceLedger& reference_;
  const int64_t retention_;
  std::array<Gateway, kCount> all_ = {};
  std::vector<Late> late_;
  int names_ = 0;
};

}  // namespace blooio::gateway
