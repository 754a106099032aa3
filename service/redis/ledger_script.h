// The one script behind the shared ledger: its calls and its answers. What an entry
// goes through is told in service/ledger/ledger.h.
//
// Keys in Redis, `base` being the prefix + "{ledger}:":
//   base + id             an entry, which Redis forgets when its time is over
//   base + "all", "done"  ids of all entries by their end, and of those done by their beginning
//   base + "since"        whatever began after that would be known,
//   base + "beats"        and before the least of these: by gateway, when it last had told all
//   base + "void:" + …    a claim that was given up before it came to be
//
// The replies in entries are personal data: they name groups, phone numbers and e-mail
// addresses. Whoever can read this Redis, its disk or its backups reads them for a day.
//
// Redis must not evict keys (maxmemory-policy noeviction), and has to keep them over
// a restart (appendonly yes, appendfsync always), or operations could happen twice.
// What a key holds that is no entry of this version is taken for an operation that may
// have happened, and is left alone. Time is Redis's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/redis/script.h"

namespace blooio::gateway {

struct LedgerScope {
  // Of all keys.
  std::string prefix;
  // Of all gateways together.
  size_t max_entries = 100'000;
  absl::Duration retention = absl::Hours(24);
};

struct LedgerClaim {
  // Hexadecimal digits; those of an id are 64.
  std::string id = {};
  std::string payload = {};
  std::string claim = {};
};

struct LedgerTerms {
  absl::Duration lasts;
  bool resumable = false;
  bool known_only = false;
};

enum class LedgerEnd { kDone, kNotDone, kUnknown };

enum class LedgerWord { kBegun, kResumed, kRunning, kDone, kUnknown, kReused, kAbsent, kFull };

struct LedgerAnswer {
  LedgerWord word = LedgerWord::kUnknown;
  // Of kAbsent.
  int64_t known_since_us = 0;
  int64_t known_until_us = 0;
  // Of kDone.
  std::string reply = {};
};

// `now_us`, in microseconds of Unix time, takes the place of Redis's clock in tests.
using LedgerNow = std::optional<int64_t>;
ScriptCall LedgerBegin(const LedgerScope& scope, const LedgerClaim& claim, const LedgerTerms& terms,
                       LedgerNow now_us = std::nullopt);
ScriptCall LedgerLook(const LedgerScope& scope, const std::string& id, LedgerNow now_us = std::nullopt);
// `reply`, of what is done, should be much smaller than a reply of Redis may be. May be said
// again when it is not certain that it was heard.
ScriptCall LedgerSettle(const LedgerScope& scope, const LedgerClaim& claim, LedgerEnd end, std::string reply,
                        LedgerNow now_us = std::nullopt);
// Operations may have happened until now that it has not heard of.
ScriptCall LedgerMoveOn(const LedgerScope& scope, LedgerNow now_us = std::nullopt);
// `gateway`, hexadecimal digits, has told all that it knows of what it began before `told_us`, a
// time that it has read from the answer to an earlier one: this may be late, and arrive when
// much has happened since. 0: it has read none yet.
ScriptCall LedgerBeat(const LedgerScope& scope, const std::string& gateway, int64_t told_us,
                      LedgerNow now_us = std::nullopt);
// It has told all, and does nothing any more.
ScriptCall LedgerLeave(const LedgerScope& scope, const std::string& gateway, LedgerNow now_us = std::nullopt);
// Has to be said on a connection before anything else: a Redis that was started anew may
// have lost what it knew. Does what the others do.
ScriptCall LedgerProbe(const LedgerScope& scope, LedgerNow now_us = std::nullopt);

// What a reply to LedgerBegin or LedgerLook that was expected says.
LedgerAnswer ReadLedgerAnswer(const RedisReply& reply);
// The time by Redis's clock, of a reply to LedgerBeat.
int64_t ReadLedgerTime(const RedisReply& reply);

}  // namespace blooio::gateway
