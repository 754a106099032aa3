#include "service/redis/reply_reader.h"

#include <hiredis/read.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// hiredis builds replies by these functions: the root on the heap, everything else in
// its place in the array around it.
RedisReply* Place(const redisReadTask* task) {
  if (task->parent == nullptr) return new RedisReply;
  return &std::get<std::vector<RedisReply>>(static_cast<RedisReply*>(task->parent->obj)->value)[task->idx];
}

void* CreateString(const redisReadTask* task, char* text, size_t size) {
  RedisReply* reply = Place(task);
  if (task->type == REDIS_REPLY_ERROR) {
    reply->value = RedisError{std::string(text, size)};
  } else {
    reply->value = std::string(text, size);
  }
  return reply;
}

void* CreateArray(const redisReadTask* task, int size) {
  auto& elements = *static_cast<size_t*>(task->privdata);
  if (task->parent == nullptr) elements = 0;
  elements += static_cast<size_t>(size);
  // Which hiredis reports as a lack of memory.
  if (elements > ReplyReader::kMostElements) return nullptr;
  RedisReply* reply = Place(task);
  reply->value = std::vector<RedisReply>(static_cast<size_t>(size));
  return reply;
}

void* CreateInteger(const redisReadTask* task, long long integer) {
  RedisReply* reply = Place(task);
  reply->value = static_cast<int64_t>(integer);
  return reply;
}

void* CreateNil(const redisReadTask* task) { return Place(task); }

void Free(void* root) { delete static_cast<RedisReply*>(root); }

redisReplyObjectFunctions functions = {CreateString, CreateArray, CreateInteger, CreateNil, Free};

}  // namespace

void ReplyReader::Freed::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(&functions)) {
  if (reader_ == nullptr) std::abort();  // Out of memory.
  reader_->privdata = &elements_;
}

void ReplyReader::Feed(std::string_view bytes) {
  unread_ += bytes.size();
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

absl::StatusOr<std::optional<RedisReply>> ReplyReader::Next() {
  void* root = nullptr;
  if (redisReaderGetReply(reader_.get(), &root) != REDIS_OK) {
    return absl::DataLossError("what came is no reply of Redis, or one beyond all bounds");
  }
  if (root == nullptr) {
    if (unread_ <= kMostBytes) return std::nullopt;
    return absl::DataLossError(Cat("a reply is longer than ", kMostBytes, " bytes"));
  }
  unread_ = reader_->len - reader_->pos;
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(root));
  return std::move(*reply);
}

}  // namespace blooio::gateway
