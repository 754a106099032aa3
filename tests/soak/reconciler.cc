#include "tests/soak/reconciler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace blooio::soak {
namespace {

constexpr int kPage = 5000;
// The journal is long: it is searched for the first violations only.
constexpr int64_t kSearched = 20;

}  // namespace

void Reconciler::ReadPages(const std::string& target, const std::string& member, const std::string& text,
                           uint64_t* after, Found* found) {
  for (;;) {
    const std::optional<Json> page =
        world_.Control("GET", absl::StrCat(target, "?after=", *after, "&limit=", kPage));
    if (!page) throw std::runtime_error("the sandbox does not answer");
    const Json& entries = (*page)[member];
    if (entries.empty()) return;
    for (const Json& entry : entries) {
      *after = entry["number"];
      const std::string marker = entry[text].is_string() ? entry[text].get<std::string>() : "";
      if (const auto number = requests_.NumberOf(marker)) (*found)[*number].push_back(entry["id"]);
      const std::string key = entry.value("idempotency_key", "");
      if (!key.empty() && !keys_.insert(absl::StrCat(entry["version"].get<std::string>(), key)).second) {
        Report("an upstream key exists twice", absl::StrCat("  upstream key ", key, "\n"),
               requests_.NumberOf(marker).value_or(0));
      }
    }
  }
}

Reconciler::Found Reconciler::ReadExecuted() {
  Found found;
  ReadPages("messages", "messages", "text", &messages_, &found);
  ReadPages("groups/v2", "groups", "name", &groups_v2_, &found);
  ReadPages("groups/v4", "groups", "name", &groups_v4_, &found);
  return found;
}

void Reconciler::Judge(const std::deque<Operation>& operations) {
  Found found = ReadExecuted();
  for (const Operation& operation : operations) {
    const auto ids = found.extract(operation.number);
    JudgeOne(operation, ids.empty() ? std::vector<std::string>() : ids.mapped());
  }
  for (const auto& [number, ids] : found) JudgeLate(number, ids);
}

void Reconciler::JudgeOne(const Operation& operation, const std::vector<std::string>& ids) {
  if (past_.size() <= operation.number) past_.resize(operation.number + 1024);
  Past& past = past_[operation.number];
  past.times = static_cast<uint8_t>(std::min<size_t>(ids.size(), 2));
  past.absent = operation.not_sent() || operation.never() || operation.ruled_out;

  const char* kind = nullptr;
  if (ids.size() > 1) {
    kind = "happened more than once";
  } else if (past.absent && !ids.empty()) {
    kind = operation.never()     ? "could not happen, and did"
           : operation.ruled_out ? "NOT_SENT was found, and it was"
                                 : "said not to be sent, and was";
  } else if (operation.done() && ids.empty()) {
    kind = "said to be done, and was not";
  } else if (operation.done() && operation.id != ids[0]) {
    kind = "answered another id";
  } else if (operation.send() && !operation.key.empty() && !operation.done() && !past.absent) {
    kind = "unknown, and its key does not tell";
  }
  if (kind == nullptr) {
    tally_.Judged(operation, ids.size());
    return;
  }
  Report(kind,
         absl::StrCat(tally_.History(operation),
                      "  upstream has: ", ids.empty() ? "nothing" : absl::StrJoin(ids, ", "), "\n"),
         operation.number);
}

void Reconciler::JudgeLate(uint64_t number, const std::vector<std::string>& ids) {
  if (number >= past_.size()) past_.resize(number + 1024);
  Past& past = past_[number];
  const std::string history = absl::StrCat(
      "  operation ", number, " of an earlier phase, upstream has now: ", absl::StrJoin(ids, ", "), "\n");
  if (past.times + ids.size() > 1) {
    Report("happened once more, later", history, number);
  } else if (past.absent) {
    Report("said not to be sent, and was, later", history, number);
  }
  past.times = static_cast<uint8_t>(std::min<size_t>(past.times + ids.size(), 2));
}

void Reconciler::Report(const std::string& kind, const std::string& history, uint64_t number) {
  tally_.Violation(kind, history + (tally_.violations() < kSearched ? Journal(number) : ""));
}

std::string Reconciler::Journal(uint64_t number) {
  const std::string marker = absl::StrCat("\"", requests_.Marker(number), "\"");
  std::string text;
  for (uint64_t after = 0;;) {
    const std::optional<Json> page =
        world_.Control("GET", absl::StrCat("requests?after=", after, "&limit=", kPage));
    if (!page || (*page)["requests"].empty()) return text;
    for (const Json& request : (*page)["requests"]) {
      after = request["number"];
      if (!request.contains("body") || request["body"].get<std::string>().find(marker) == std::string::npos)
        continue;
      absl::StrAppend(&text, "  upstream request ", after, " on connection ", request["connection"].dump(),
                      ": ", request["verb"].get<std::string>(), " ", request["target"].get<std::string>(),
                      ", answered ", request["answered"].dump());
      for (const Json& header : request["headers"]) {
        if (header[0] == "Idempotency-Key" || header[0] == "idempotency-key") {
          absl::StrAppend(&text, ", key ", header[1].get<std::string>());
        }
      }
      if (request["fault"].is_number()) absl::StrAppend(&text, ", fault ", mischief_.Fault(request["fault"]));
      text += "\n";
    }
  }
}

}  // namespace blooio::soak
