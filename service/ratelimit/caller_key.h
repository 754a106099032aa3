// A caller's bucket for a method, or its own, as one number.
#pragma once

#include <cstdint>
#include <limits>

#include "service/ratelimit/supply.h"

namespace blooio::gateway {

inline constexpr uint32_t kAllMethods = std::numeric_limits<uint32_t>::max();

constexpr uint64_t Key(uint32_t caller, uint32_t method) { return uint64_t{caller} << 32 | method; }
constexpr uint64_t KeyOf(LimitKind kind, const Call& call) {
  return Key(call.caller, kind == LimitKind::kMethod ? call.method : kAllMethods);
}
constexpr uint32_t CallerOf(uint64_t key) { return static_cast<uint32_t>(key >> 32); }
constexpr uint32_t MethodOf(uint64_t key) { return static_cast<uint32_t>(key); }
// It is the caller's own.
constexpr bool IsCallers(uint64_t key) { return MethodOf(key) == kAllMethods; }

constexpr LeaseKey LeaseKeyOf(uint64_t key) {
  if (IsCallers(key)) return {LimitKind::kCaller, CallerOf(key), 0};
  return {LimitKind::kMethod, CallerOf(key), MethodOf(key)};
}
constexpr uint64_t KeyOf(const LeaseKey& key) {
  return Key(key.place, key.kind == LimitKind::kMethod ? key.method : kAllMethods);
}

}  // namespace blooio::gateway
