// A Lua script for Redis, known to it by its SHA-1 once it has run, and one call of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "service/redis/reply.h"

namespace blooio::gateway {

struct LuaScript {
  explicit LuaScript(std::string_view source);

  std::string text;
  // 40 lower-case hex digits.
  std::string sha1;
};

struct ScriptCall {
  // Outlives the call.
  const LuaScript* script = nullptr;
  std::vector<std::string> keys = {};
  std::vector<std::string> arguments = {};
  // Whether an answer has the shape of the script's; one that has not is nonsense.
  std::function<bool(const RedisReply&)> expected = nullptr;
};

}  // namespace blooio::gateway
