#include "service/identity/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace blooio::gateway {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 16;

}  // namespace

std::optional<json> ParseStrictObject(std::string_view text) {
  bool strict = true;
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kMaxDepth) strict = false;
    // What is refused anyway is not kept.
    if (!strict) return false;
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) {
      strict = names.back().insert(value.get_ref<const std::string&>()).second;
    }
    return true;
  };
  json object = json::parse(text, watch, /*allow_exceptions=*/false);
  if (!strict || !object.is_object()) return std::nullopt;
  return object;
}

const std::string* StringMember(const json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? nullptr : member->get_ptr<const std::string*>();
}

}  // namespace blooio::gateway
