// What Redis answers, as a value.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace blooio::gateway {

struct RedisNil {};

// Such as "READONLY You can't write against a read only replica."
struct RedisError {
  std::string text;
};

struct RedisReply {
  std::variant<RedisNil, int64_t, std::string, std::vector<RedisReply>, RedisError> value;

  // Null when it is something else.
  const int64_t* integer() const { return std::get_if<int64_t>(&value); }
  const std::string* string() const { return std::get_if<std::string>(&value); }
  const std::vector<RedisReply>* array() const { return std::get_if<std::vector<RedisReply>>(&value); }
  const RedisError* error() const { return std::get_if<RedisError>(&value); }
  bool nil() const { return std::holds_alternative<RedisNil>(value); }
};

}  // namespace blooio::gateway
