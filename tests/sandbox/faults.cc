#include "tests/sandbox/faults.h"

#include <utility>

#include "tests/sandbox/fault_json.h"
#include "tests/sandbox/fields.h"

namespace blooio::sandbox {

absl::StatusOr<uint64_t> Faults::Add(const Json& rule) {
  static constexpr Field kFields[] = {
      {"match", kObject}, {"skip", kInteger}, {"count", kInteger}, {"fault", kObject, true}};
  static constexpr Field kMatch[] = {{"verb", kString}, {"target_prefix", kString}};
  if (!rule.is_object()) return absl::InvalidArgumentError("A rule has to be a JSON object.");
  const Json match = rule.value("match", Json::object());
  auto violation = CheckFields(rule, kFields, "");
  if (!violation) violation = CheckFields(match, kMatch, "match.");
  if (violation) return absl::InvalidArgumentError(violation->message);
  const int64_t skip = rule.value("skip", int64_t{0});
  const int64_t count = rule.value("count", int64_t{1});
  if (skip < 0 || count < 1) return absl::InvalidArgumentError("skip starts at 0 and count at 1.");
  absl::StatusOr<Fault> fault = ReadFault(rule["fault"]);
  if (!fault.ok()) return fault.status();

  fault->number = ++last_number_;
  rules_.push_back({match.value("verb", ""), match.value("target_prefix", ""), static_cast<uint64_t>(skip),
                    static_cast<uint64_t>(count), *std::move(fault), rule});
  return last_number_;
}

std::optional<Fault> Faults::Take(const HttpRequest& request) {
  for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
    if (!rule->verb.empty() && rule->verb != request.verb) continue;
    if (!request.target.starts_with(rule->target_prefix)) continue;
    if (rule->skip > 0) {
      --rule->skip;
      continue;
    }
    if (--rule->count > 0) return rule->fault;
    Fault last = std::move(rule->fault);
    rules_.erase(rule);
    return last;
  }
  return std::nullopt;
}

Json Faults::List() const {
  Json faults = Json::array();
  for (const Rule& rule : rules_) {
    Json json = {{"number", rule.fault.number}};
    for (const auto& [name, value] : rule.source.items()) json[name] = value;
    json["skip"] = rule.skip;
    json["count"] = rule.count;
    faults.push_back(std::move(json));
  }
  return {{"faults", std::move(faults)}};
}

}  // namespace blooio::sandbox
