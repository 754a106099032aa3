// From the configuration's section `redis` to how the limits are shared in it.
#pragma once

#include "blooio/gateway/v1/config.pb.h"
#include "service/server/shared_limits.h"

namespace blooio::gateway {

// `config` is valid. The password's file is read at each connection.
SharedLimits::Options ReadRedisOptions(const v1::RedisConfig& config);

}  // namespace blooio::gateway
