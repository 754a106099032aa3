// The keys of one account: which one calls use, and what Blooio's answers and new
// files do to that. A key is replaced without one failed call, in two ways: by
// new content of its file, or by a second key that waits in the next file until
// the first one is refused.
//
//   KeyUse use = keys.Usable();              // once per call
//   if (use.key == nullptr) …                // ACCOUNT_WITHOUT_KEY
//   … attempt with use.key, answered 401 …
//   use = keys.Rejected(use);                // the key to try once more with
//   if (use.key == nullptr) …                // UPSTREAM_CREDENTIAL_REJECTED
//   … attempt with use.key, answered anything but 401 …
//   keys.Accepted(use);                      // it is the active one from here on
//
// State: two slots, current and next, each with a key or empty; one of them is
// active; the account is marked or not; and an era, a number that moves on with
// every change of these. A use belongs to the era in which its call began.
//
//   Usable     the active slot's key; none while marked.
//   Rejected   first 401 of a call: the active key if another call or file has made
//              that a different one meanwhile, else the other slot's. Second 401, or
//              nothing to try: none, and if the era is still the use's, the account
//              is marked. While marked: none.
//   Accepted   if the era is still the use's: its slot is active, the account not
//              marked.
//   Load       the slot has the new key. Active if it was before, if the account was
//              marked (which ends), or if the active slot is empty.
//   Gone       the slot is emptied, unless it is the active one and the other has
//              not got the same key: then as soon as the other becomes active.
//
// So news that are older than the last change change nothing: of 64 calls that have
// the old key refused one makes the other active, and the rest follow it; calls
// that two changes overtook cannot mark an account whose key is good. What they
// could have told, the next call finds out.
//
// Thread-safe. Never reads a file, never waits for anything but its own short lock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/digest.h"
#include "service/base/secret_string.h"

namespace blooio::gateway {

enum class KeySlot { kCurrent, kNext };

// A key for one attempt. It is wiped when the last use of it is over.
struct KeyUse {
  std::shared_ptr<const SecretString> key;
  // What this call was refused with before, if anything.
  std::shared_ptr<const SecretString> refused;
  uint64_t era = 0;
};

class AccountKeys {
 public:
  // `clock` has to outlive it. Without keys until the first Load.
  explicit AccountKeys(const Clock& clock) : clock_(clock) {}

  KeyUse Usable() const;
  KeyUse Rejected(const KeyUse& use);
  void Accepted(const KeyUse& use);

  // A file's content. False, and nothing happens, when the slot has this key.
  bool Load(KeySlot slot, SecretString text);
  // There is no such file.
  void Gone(KeySlot slot);

  // For metrics and the log; no part of it tells a key.
  struct SlotState {
    bool present = false;
    bool active = false;
    std::string fingerprint;
    absl::Time loaded_at;
  };
  struct State {
    std::array<SlotState, 2> slots;  // By KeySlot.
    std::optional<absl::Time> marked_since;
  };
  State Snapshot() const;

  // Since when the account is marked, if it is.
  std::optional<absl::Time> marked_since() const;
  // What a probe of a marked account has to try: its keys, the active one first.
  // Accepted brings the account back. Empty when it is not marked.
  std::vector<KeyUse> ToProbe() const;

 private:
  struct Slot {
    std::shared_ptr<const SecretString> key;
    Digest digest{};
    absl::Time loaded_at;
    bool gone = false;  // Its file is; kept while active.
  };
  static size_t Index(KeySlot slot) { return slot == KeySlot::kCurrent ? 0 : 1; }
  void Activate(size_t slot);
  void EndEra();

  const Clock& clock_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::array<Slot, 2> slots_;
  size_t active_ = 0;
  std::optional<absl::Time> marked_since_;
  uint64_t era_ = 0;
};

}  // namespace blooio::gateway
