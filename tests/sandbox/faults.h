// Faults scripted for the next requests that match.
//
// Rules are tried in the order in which they were added; the first that matches
// and has requests left is used up by one. README.md has the JSON format.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tests/sandbox/http_message.h"

namespace blooio::sandbox {

// Where the connection is closed.
enum class Cut {
  kNone,
  kBefore,   // the request was read, nothing is written
  kHeaders,  // after the response's headers, always by a reset
  kMiddle,   // after half of the body
};

// How an answer is written. The default is: at once, whole, keep the connection.
struct Delivery {
  std::chrono::milliseconds delay_before{0};
  // Between the two halves of the body.
  std::chrono::milliseconds delay_middle{0};
  Cut cut = Cut::kNone;
  // Close with a TCP reset instead of a FIN.
  bool reset = false;
  // Never write anything; the connection stays open until the peer closes it.
  bool hang = false;
};

struct Fault {
  uint64_t number = 0;
  // Replaces the operation's answer.
  std::optional<HttpResponse> response;
  // Whether the operation is carried out, as soon as the request is read.
  bool execute = true;
  Delivery delivery;
};

class Faults {
 public:
  // Adds a rule. Returns its number, or INVALID_ARGUMENT with a sentence.
  absl::StatusOr<uint64_t> Add(const Json& rule);

  // The fault for this request, which uses it up; nothing when none applies.
  std::optional<Fault> Take(const HttpRequest& request);

  void Clear() { rules_.clear(); }

  // {"faults": [...]}: the rules that have requests left, as they were given,
  // with "number" and what is left of "skip" and "count".
  Json List() const;

 private:
  struct Rule {
    std::string verb;  // empty: any
    std::string target_prefix;
    uint64_t skip = 0;
    uint64_t count = 1;
    Fault fault;
    Json source;
  };

  std::deque<Rule> rules_;
  uint64_t last_number_ = 0;
};

}  // namespace blooio::sandbox
