// Counts of everything, violations with their histories, and the summary.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/soak/operation.h"

namespace blooio::soak {

class Tally {
 public:
  explicit Tally(absl::Time began) : began_(began) {}

  // A call that has ended; `answer`: "OK" or its code and reason.
  void Call(const std::string& answer);
  int64_t calls() const;
  // Something that the soak did: "gateway SIGKILL". With `place`, when is kept too.
  void Did(const std::string& what, int64_t times = 1);
  void DidBig(const std::string& what, const std::string& detail);
  // Such an answer of a gateway: worth a line among what happened, if there was none just now.
  void Saw(size_t gateway, const std::string& answer, absl::Time now);
  // An operation of this kind and manner was begun.
  void Begun(const Operation& operation);
  // Without a violation; it exists so many times.
  void Judged(const Operation& operation, size_t times);
  // `history`: lines.
  void Violation(const std::string& kind, const std::string& history);
  int64_t violations() const;
  // Figures of a part of the summary, in this order.
  void Figure(const std::string& line);

  // "+12.345s"
  std::string At(absl::Time time) const;
  // What happened to the processes around then, a line each.
  std::string Around(absl::Time from, absl::Time to) const;
  std::string History(const Operation& operation) const;

  // For people.
  std::string Summary() const;

 private:
  using Counts = std::map<std::string, int64_t>;
  struct Event {
    absl::Time at;
    std::string what;
  };

  const absl::Time began_;
  mutable std::mutex mutex_;  // Guards what follows.
  int64_t calls_ = 0;
  Counts answers_;
  Counts deeds_;
  Counts judged_;
  Counts begun_;
  Counts violations_;
  std::vector<std::string> figures_;
  std::vector<Event> events_;
  // When each was seen last.
  std::map<std::string, absl::Time> seen_;
};

}  // namespace blooio::soak
