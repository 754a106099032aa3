// The one script behind the shared buckets: its call and its answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "service/redis/lease.h"
#include "service/redis/script.h"

namespace blooio::gateway {

// `now_us`, in microseconds of Unix time, takes the place of Redis's clock in tests.
ScriptCall LeaseCall(const std::string& prefix, std::span<const LeaseRequest> requests,
                     std::optional<int64_t> now_us = std::nullopt);

// What a reply that was expected says.
std::vector<LeaseAnswer> LeaseAnswers(const RedisReply& reply);

}  // namespace blooio::gateway
