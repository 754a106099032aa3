// The keys of one account: which one calls go out with, and what Blooio's answers and
// new files do to that. A key is replaced without one failed call, in two ways: by new
// content of its file, or by a second key that waits in the next file until the first
// one is refused.
//
//   KeyUse use = keys.Usable();                      // once per call
//   if (use.key == nullptr) …                        // ACCOUNT_WITHOUT_KEY
//   … attempt with use.key …
//   use = keys.Learn(std::move(use), status);        // after each attempt
//   if (use.key != nullptr) …                        // the key to try once more with
//
// The keys stand in a list, the one in use in front. Each is in the current file, the
// next file, both, or none any more: then it stays only in front, or, if it is known to
// be good, until the one in front has proved itself, so that a mistyped or too early
// replacement costs nothing. That makes at most four.
//
// A call that is answered 401 is tried with the next key of the list. Success alone
// proves a key (a 404 may come from something that is not the API, a 403 from a proxy
// before it), and puts it in front. A call that met with 401 and no success makes the
// account *suspect*: calls go on, and a probe, `GET /me`, tries the keys in the same
// manner. So a rotation does not wait for a call that happens to succeed, and no call
// takes the account away: it may be its route alone that is refused.
//
//             call refused                    probe: 401 with every key
//   trusted ───────────────▶ suspect ─────────────────────────────────▶ marked
//      ▲                        │                                          │
//      └── any success ─────────┴──────────── probe's success, new key ────┘
//
// While marked no call is sent. A probe that ends in anything else is repeated after
// kProbePeriod; sooner only for a new key.
//
// Answers take time, and old ones must not undo what newer ones taught: each change
// begins another era, and what a use of an earlier era learns changes nothing. Of 64
// calls that have the old key refused one puts the other in front, and the rest follow.
//
// Thread-safe. Never reads a file, never waits for anything but its own short lock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/digest.h"
#include "service/base/secret_string.h"
#include "service/credentials/key_use.h"

namespace blooio::gateway {

enum class KeySlot { kCurrent, kNext };

class AccountKeys {
 public:
  static constexpr absl::Duration kProbePeriod = absl::Seconds(30);
  using Tell = std::function<void(const KeyNews&)>;

  // `clock` has to outlive it. Without keys until the first Load. `tell` may be called
  // by any thread that calls it.
  explicit AccountKeys(const Clock& clock, Tell tell = nullptr) : clock_(clock), tell_(std::move(tell)) {}

  KeyUse Usable() const;
  // What an attempt's answer says; status 0 is none. Gives the key to go on with, if any.
  KeyUse Learn(KeyUse use, int status);
  // The first key of a probe, if it is time for one; it goes on as calls do.
  KeyUse BeginProbe();

  // A file's content. False, and nothing happens, when it held this key before.
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
    std::array<SlotState, 3> slots;  // By KeySlot; the last one: in use, but in no file.
    std::optional<absl::Time> marked_since;
  };
  State Snapshot() const;

 private:
  struct Key {
    std::shared_ptr<const SecretString> text;
    Digest digest{};
    absl::Time loaded_at;
    bool good = false;            // It succeeded once, or was the first.
    std::array<bool, 2> in = {};  // By KeySlot: the files that hold it.

    bool in_file() const { return in[0] || in[1]; }
  };
  using Keys = std::vector<Key>;
  using News = std::vector<KeyNews>;

  void Accept(const KeyUse& use, News& news);
  void Doubt(const KeyUse& use, News& news);
  std::shared_ptr<const SecretString> Untried(const KeyUse& use) const;
  Keys::iterator HolderOf(KeySlot slot);
  void PutInFront(Keys::iterator key);
  void DropFileless();
  void TellAll(const News& news) const;

  const Clock& clock_;
  const Tell tell_;
  mutable std::mutex mutex_;  // Guards what follows.
  Keys keys_;
  enum class Trust { kTrusted, kSuspect, kMarked } trust_ = Trust::kTrusted;
  absl::Time marked_since_;
  uint64_t era_ = 0;
  bool probing_ = false;
  absl::Time probed_at_ = absl::InfinitePast();
};

}  // namespace blooio::gateway
