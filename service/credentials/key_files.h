// The files of one account's keys: reads them into AccountKeys, at start and again
// whenever they may have changed.
//
//   auto files = KeyFiles::Open({"/etc/blooio/keys/main", "/etc/blooio/keys/main.next"}, keys, tell);
//   watch = watcher.Add((*files)->paths(), [&] { (*files)->Look(); }, KeyFiles::kSecondLook);
//
// A file may be looked at while it is being written, so what is in it counts when two
// looks in a row have found it; at start at once.
//
// A file that cannot be used (missing, empty, no key in it) takes nothing away: the
// key it held before goes on, and that is told once, not at every look. Only the
// next file may be missing: there is no next key then.
//
// Threads: one Look at a time. `tell` is called within Open and Look.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/credentials/account_keys.h"

namespace blooio::gateway {

// What became of a key file; free of key material.
struct KeyFileNews {
  enum class Event {
    kLoaded,     // a new key, `fingerprint`
    kKept,       // the file cannot be used, as `problem` says: an operator's alarm
    kGoodAgain,  // the file can be used again and holds the key it held
    kGone,       // there is no next file any more, good or bad
  };
  Event event = Event::kLoaded;
  KeySlot slot = KeySlot::kCurrent;
  std::string fingerprint;
  std::string problem;
};

class KeyFiles {
 public:
  static constexpr absl::Duration kSecondLook = absl::Milliseconds(100);
  using Tell = absl::AnyInvocable<void(const KeyFileNews&)>;
  // Empty `current`: the public key of the local sandbox. Empty `next`: none.
  struct Paths {
    std::string current;
    std::string next;
  };

  // Fails, with one sentence for people, when `current` cannot be used. `keys` has to
  // outlive the files.
  static absl::StatusOr<std::unique_ptr<KeyFiles>> Open(Paths paths, AccountKeys& keys, Tell tell);

  // Reads the files again.
  void Look();

  // What to watch.
  std::vector<std::string> paths() const;

 private:
  struct File {
    KeySlot slot;
    std::string path;
    std::string found = {};    // By the last look: a fingerprint, or what is wrong.
    std::string problem = {};  // As told last; empty while all is well.
    bool present = false;
  };

  KeyFiles(Paths paths, AccountKeys& keys, Tell tell);
  void Take(File& file, absl::StatusOr<SecretString> key);
  void Keep(File& file, const absl::Status& status);

  AccountKeys& keys_;
  Tell tell_;
  std::array<File, 2> files_;
};

}  // namespace blooio::gateway
