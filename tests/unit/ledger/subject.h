// A ledger under test, at times that a history says.
#pragma once

#include <cstdint>

#include "tests/unit/ledger/ledger_model.h"

namespace blooio::gateway {

class Subject {
 public:
  virtual ~Subject() = default;
  // `claim` is what the ledger should call it, if it lets others decide, and then what it did.
  virtual ReferenceLedger::Heard Begin(int id, int payload, uint64_t* claim, const Claim& terms,
                                       int64_t now) = 0;
  virtual ReferenceLedger::Heard Look(int id, int64_t now) = 0;
  virtual void Settle(int id, int payload, uint64_t claim, const Settlement& settlement, int64_t now) = 0;
  virtual void MoveOn(int64_t) {}
  // Of gateways that share it.
  virtual void Beat(int /*gateway*/, int64_t /*told*/, int64_t /*now*/) {}
  virtual void Leave(int /*gateway*/, int64_t /*now*/) {}
  virtual void LoseAll() {}
};

}  // namespace blooio::gateway
