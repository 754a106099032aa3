#include "tests/soak/tally.h"

#include <cstdio>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/soak/answers.h"
#include "tests/soak/world.h"

namespace blooio::soak {
namespace {

// That many of each kind of violation are shown.
constexpr int64_t kShown = 20;
constexpr absl::Duration kJustNow = absl::Milliseconds(250);
// Of a history.
constexpr size_t kFirstWords = 12;
constexpr size_t kLastWords = 4;

int64_t Sum(const std::map<std::string, int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0},
                         [](int64_t sum, const auto& entry) { return sum + entry.second; });
}

void Table(const std::string& title, const std::map<std::string, int64_t>& counts, std::string* text) {
  absl::StrAppendFormat(text, "%-52s%12d\n", title, Sum(counts));
  for (const auto& [name, count] : counts) absl::StrAppendFormat(text, "  %-50s%12d\n", name, count);
}

}  // namespace

void Tally::Call(const std::string& answer) {
  std::lock_guard lock(mutex_);
  ++calls_;
  ++answers_[answer];
}

int64_t Tally::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

void Tally::Did(const std::string& what, int64_t times) {
  std::lock_guard lock(mutex_);
  deeds_[what] += times;
}

void Tally::DidBig(const std::string& what, const std::string& detail) {
  std::lock_guard lock(mutex_);
  ++deeds_[what];
  events_.push_back({absl::Now(), absl::StrCat(what, " ", detail)});
}

void Tally::Saw(size_t gateway, const std::string& answer, absl::Time now) {
  const std::string what = absl::StrCat("gateway ", gateway, " says ", answer);
  std::lock_guard lock(mutex_);
  const auto [seen, first] = seen_.try_emplace(what, now);
  if (!first && now - std::exchange(seen->second, now) < kJustNow) return;
  events_.push_back({now, what});
}

void Tally::Begun(const Operation& operation) {
  std::string name = kKindNames[static_cast<size_t>(operation.kind)];
  if (operation.kind != Kind::kRead) {
    absl::StrAppend(&name, operation.key.empty() ? ", " : " keyed, ",
                    kMannerNames[static_cast<size_t>(operation.manner)]);
  }
  std::lock_guard lock(mutex_);
  ++begun_[name];
}

void Tally::Judged(const Operation& operation, size_t times) {
  const char* said = "unknown";
  if (operation.done()) said = "said to be done";
  if (operation.not_sent()) said = "said not to be sent";
  std::lock_guard lock(mutex_);
  ++judged_[absl::StrCat(said, times == 0 ? ", absent" : ", exists once")];
}

void Tally::Violation(const std::string& kind, const std::string& history) {
  std::lock_guard lock(mutex_);
  if (++violations_[kind] <= kShown) {
    std::printf("\nVIOLATION: %s\n%s", kind.c_str(), history.c_str());
    std::fflush(stdout);
  }
}

int64_t Tally::violations() const {
  std::lock_guard lock(mutex_);
  return Sum(violations_);
}

void Tally::Figure(const std::string& line) {
  std::lock_guard lock(mutex_);
  figures_.push_back(line);
}

std::string Tally::At(absl::Time time) const {
  return absl::StrFormat("+%.3fs", absl::ToDoubleSeconds(time - began_));
}

std::string Tally::Around(absl::Time from, absl::Time to) const {
  std::lock_guard lock(mutex_);
  std::string text;
  for (const Event& event : events_) {
    if (event.at < from || event.at > to) continue;
    absl::StrAppend(&text, "  ", At(event.at), " ", event.what, "\n");
  }
  return text;
}

std::string Tally::History(const Operation& operation) const {
  std::string text = absl::StrCat(
      "  operation ", operation.number, ", ", kKindNames[static_cast<size_t>(operation.kind)], ", ",
      kMannerNames[static_cast<size_t>(operation.manner)], ", account ", kAccounts[operation.account],
      ", caller ", kCallers[operation.caller], operation.key.empty() ? ", no key" : ", key ", operation.key,
      operation.id.empty() ? "" : ", answered id ", operation.id, "\n");
  for (size_t i = 0; i < operation.words.size(); ++i) {
    // Whoever asks for long is told much the same.
    if (i == kFirstWords && operation.words.size() > kFirstWords + kLastWords) {
      i = operation.words.size() - kLastWords;
      text += "  …\n";
    }
    const Word& word = operation.words[i];
    absl::StrAppend(&text, "  ", At(word.began), " to ", At(word.began + word.took), " gateway ",
                    word.gateway, ": ", NameOf(word), " (", kMeaningNames[static_cast<size_t>(word.meaning)],
                    ") ", word.more, "\n");
  }
  if (operation.words.empty()) return text;
  const Word& last = operation.words.back();
  const std::string around = Around(operation.words.front().began - absl::Seconds(2), last.began + last.took);
  if (!around.empty()) absl::StrAppend(&text, "  meanwhile, and 2 s before:\n", around);
  return text;
}

std::string Tally::Summary() const {
  std::lock_guard lock(mutex_);
  std::string text = "\n";
  Table("operations", begun_, &text);
  Table("calls", answers_, &text);
  Table("judged without a violation", judged_, &text);
  Table("faults and restarts", deeds_, &text);
  Table("violations", violations_, &text);
  for (const std::string& figure : figures_) absl::StrAppend(&text, figure, "\n");
  return text;
}

}  // namespace blooio::soak
