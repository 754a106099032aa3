#include "service/server/redis_options.h"

#include "service/config/listen_address.h"
#include "service/credentials/key_file.h"

namespace blooio::gateway {

SharedLimits::Options ReadRedisOptions(const v1::RedisConfig& config) {
  SharedLimits::Options options;
  const ListenAddress address = *ParseListenAddress(config.address());
  options.redis.address = {.host = address.tcp.host,
                           .port = static_cast<uint16_t>(address.tcp.port),
                           .unix_path = address.unix_path};
  options.redis.user = config.user();
  if (!config.password_file().empty()) {
    options.redis.password = [file = config.password_file()] { return ReadKeyFile(file); };
  }
  options.prefix = config.key_prefix();
  options.fallback_share = config.fallback_share() > 0 ? config.fallback_share() : 1.0 / config.replicas();
  return options;
}

}  // namespace blooio::gateway
