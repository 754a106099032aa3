// The requests that arrived, for tests to look at: everything but the API key,
// which is kept as a fingerprint only.
//
// Holds the newest 100,000 requests or 256 MiB. Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/bounded_log.h"
#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

// "sha256:ba7816bf": the first 8 hex digits of the key's SHA-256.
std::string KeyFingerprint(std::string_view key);

class Journal {
 public:
  Journal();

  // Takes a copy with the Authorization header reduced to its scheme and the
  // first 8 hex digits of the key's SHA-256. Returns the number of the entry:
  // 1, 2, ... over the whole life of the process.
  uint64_t Add(const HttpRequest& request);

  // The status that went out for the entry, or nothing more was known of it.
  void SetAnswered(uint64_t number, int status);

  // The fault that was applied to the entry.
  void SetFault(uint64_t number, uint64_t fault);

  // Forgets all entries; numbers go on.
  void Clear();

  // {"requests": [...], "forgotten": N}: at most `limit` entries with a number
  // above `after`, oldest first. `forgotten` counts those that are not held any
  // more, whether by Clear or by the bounds.
  Json List(uint64_t after, uint64_t limit) const;

  uint64_t total() const { return entries_.total(); }

 private:
  struct Entry {
    HttpRequest request;
    std::optional<int> answered;
    std::optional<uint64_t> fault;
  };

  // nullptr when the entry is not held any more.
  Entry* Find(uint64_t number);
  // The number of entries that came before those held.
  uint64_t forgotten() const { return entries_.total() - entries_.size(); }

  static Json EntryJson(uint64_t number, const Entry& entry);

  BoundedLog<Entry> entries_;
};

}  // namespace blooio::sandbox
