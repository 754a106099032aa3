// From the configuration's section `redis` to how it is reached, and what is shared.
#pragma once

#include "blooio/gateway/v1/config.pb.h"
#include "service/server/shared_limits.h"

namespace blooio::gateway {

// `config` is valid. The password's file is read at each connection.
SharedLimits::Options ReadRedisOptions(const v1::RedisConfig& config);

}  // namespace blooio::gateway
