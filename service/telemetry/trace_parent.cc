#include "service/telemetry/trace_parent.h"

#include <algorithm>
#include <cstddef>

namespace blooio::gateway {
namespace {

constexpr size_t kLength = 55;  // Of version 00.

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::string_view TraceId(std::string_view trace_parent) {
  if (trace_parent.size() < kLength) return "";
  const std::string_view version = trace_parent.substr(0, 2);
  const std::string_view trace = trace_parent.substr(3, 32);
  const std::string_view parent = trace_parent.substr(36, 16);
  const std::string_view flags = trace_parent.substr(53, 2);
  if (trace_parent[2] != '-' || trace_parent[35] != '-' || trace_parent[52] != '-') return "";
  if (!IsLowerHex(version) || !IsLowerHex(trace) || !IsLowerHex(parent) || !IsLowerHex(flags)) return "";
  if (version == "ff" || IsZero(trace) || IsZero(parent)) return "";
  if (trace_parent.size() > kLength && (version == "00" || trace_parent[kLength] != '-')) return "";
  return trace;
}

}  // namespace blooio::gateway
