#include "tests/unit/telemetry/exposition.h"

#include <cmath>
#include <cstdlib>
#include <regex>
#include <sstream>
#include <vector>

namespace blooio::testing {
namespace {

const std::regex kHelp(R"(# HELP ([a-z_]+) ([^\\]+[.,;a-z]))");
const std::regex kType(R"(# TYPE ([a-z_]+) (counter|gauge|histogram|summary))");
const std::regex kSample(R"(([a-z_]+)(\{(.*)\})? (\S+))");
const std::regex kLabel(R"~(([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(,|$))~");

bool ReadLabels(const std::string& text, std::map<std::string, std::string>& labels) {
  auto begin = text.cbegin();
  for (std::smatch label; begin != text.cend(); begin = label[0].second) {
    if (!std::regex_search(begin, text.cend(), label, kLabel, std::regex_constants::match_continuous))
      return false;
    if (!labels.emplace(label[1], label[2]).second) return false;
    if (label[3] == "," && label[0].second == text.cend()) return false;
  }
  return true;
}

// The family that a sample belongs to, and whether its type goes with its name.
bool BelongsTo(const std::string& sample, const std::string& family, const std::string& type) {
  if (sample == family) return type != "histogram" && (type != "counter" || sample.ends_with("_total"));
  if (!sample.starts_with(family) || (type != "histogram" && type != "summary")) return false;
  const std::string rest = sample.substr(family.size());
  return rest == "_sum" || rest == "_count" || (type == "histogram" && rest == "_bucket");
}

std::string Key(const std::string& name, const std::map<std::string, std::string>& labels) {
  std::string key;
  for (const auto& [label, value] : labels) {
    key += (key.empty() ? "{" : ",") + label + "=\"" + value + "\"";
  }
  return name + key + (key.empty() ? "" : "}");
}

// Buckets that never fall, up to +Inf, which is the count.
struct Buckets {
  double last_bound = -1;
  double last_count = 0;
};

class Reader {
 public:
  Exposition Read(const std::string& text) {
    if (!text.empty() && text.back() != '\n') return Fail("no line end at the end");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!ReadLine(line)) return Fail("line: " + line);
    }
    for (const auto& [series, buckets] : buckets_) {
      if (!std::isinf(buckets.last_bound)) return Fail(series + " has no +Inf");
    }
    return read_;
  }

 private:
  Exposition Fail(const std::string& why) {
    read_.error = why;
    return read_;
  }

  bool ReadLine(const std::string& line) {
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      helped_ = match[1];
      return read_.types.count(helped_) == 0;
    }
    if (std::regex_match(line, match, kType)) {
      family_ = match[1];
      return family_ == helped_ && read_.types.emplace(family_, match[2]).second;
    }
    if (!std::regex_match(line, match, kSample)) return false;
    std::map<std::string, std::string> labels;
    if (!ReadLabels(match[3], labels)) return false;
    char* end = nullptr;
    const std::string number = match[4];
    const double value = std::strtod(number.c_str(), &end);
    if (*end != '\0' || std::isnan(value)) return false;
    const std::string name = match[1];
    const std::string& type = read_.types[family_];
    if (!BelongsTo(name, family_, type) || (type == "counter" && value < 0)) return false;
    if (!read_.samples.emplace(Key(name, labels), value).second) return false;
    return type != "histogram" || ReadHistogram(name, labels, value);
  }

  bool ReadHistogram(const std::string& name, std::map<std::string, std::string> labels, double value) {
    const std::string bound = labels["le"];
    labels.erase("le");
    Buckets& buckets = buckets_[Key(family_, labels)];
    if (name.ends_with("_count")) return !std::isinf(buckets.last_bound) || buckets.last_count == value;
    if (!name.ends_with("_bucket")) return true;
    const double limit = bound == "+Inf" ? INFINITY : std::strtod(bound.c_str(), nullptr);
    const bool sound = limit > buckets.last_bound && value >= buckets.last_count;
    buckets = {limit, value};
    return sound;
  }

  Exposition read_;
  std::string helped_, family_;
  std::map<std::string, Buckets> buckets_;
};

bool IsOf(const std::string& sample, const std::string& name) {
  return sample == name || sample.starts_with(name + "{");
}

}  // namespace

size_t Exposition::Count(const std::string& name) const {
  size_t count = 0;
  for (const auto& [sample, value] : samples) count += IsOf(sample, name) ? 1 : 0;
  return count;
}

double Exposition::Sum(const std::string& name, const std::string& with) const {
  double sum = 0;
  for (const auto& [sample, value] : samples) {
    if (IsOf(sample, name) && sample.find(with) != std::string::npos) sum += value;
  }
  return sum;
}

Exposition ReadExposition(const std::string& text) { return Reader().Read(text); }

}  // namespace blooio::testing
