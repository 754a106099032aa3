// Makes replies of the bytes that Redis sends, however they are cut. Bounded: a
// server that sends no end of anything ends as one that talks nonsense.
//
//   reader.Feed(bytes);
//   while (true) {
//     absl::StatusOr<std::optional<RedisReply>> reply = reader.Next();
//     if (!reply.ok()) …               // nonsense: all that follows is, too
//     if (!reply->has_value()) break;  // more bytes are needed
//   }
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/redis/reply.h"

struct redisReader;

namespace blooio::gateway {

class ReplyReader {
 public:
  // Of one reply: its bytes, and what its arrays hold altogether.
  static constexpr size_t kMostBytes = 1 << 20;
  static constexpr size_t kMostElements = 4096;
  // Arrays within arrays.
  static constexpr int kDeepest = 8;

  ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Feed(std::string_view bytes);
  // The next whole reply; kDataLoss when it cannot be one.
  absl::StatusOr<std::optional<RedisReply>> Next();

 private:
  struct Freed {
    void operator()(redisReader* reader) const;
  };
  // Of the reply that is being read.
  size_t elements_ = 0;
  std::unique_ptr<redisReader, Freed> reader_;
  // Fed since the last whole reply.
  size_t unread_ = 0;
};

}  // namespace blooio::gateway
