// Answers kept under Idempotency-Key, for one API version. There is one API key,
// so no further scope is needed.
//
// Keeps the newest 1,000,000 keys; the real API is said to keep them for 24 hours.
// Threads: one at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

class IdempotencyRecords {
 public:
  struct Record {
    // Tells requests apart where the API compares them.
    std::string fingerprint;
    HttpResponse response;
  };

  // nullptr for a key not seen. Valid until the next change.
  const Record* Find(std::string_view key) const;

  void Keep(std::string_view key, std::string_view fingerprint, HttpResponse response);

  void Clear();

 private:
  std::map<std::string, Record, std::less<>> records_;
  std::deque<std::string> order_;
};

// Reads the header; `key` stays empty without one. False when it comes twice or is
// not 1 to 255 visible ASCII characters.
bool ReadIdempotencyKey(const HttpRequest& request, std::string& key);

// SHA-256 of a request's target and body bytes.
std::string RequestFingerprint(const HttpRequest& request);

// SHA-256 in lower-case hex.
std::string HexSha256(std::string_view bytes);

}  // namespace blooio::sandbox
