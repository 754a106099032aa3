// A real redis-server on a free loopback port and a unix socket, with nothing kept on
// disk. Ends with its test.
//
//   RedisProcess redis({"--requirepass", "secret"});
//   redis.Pause();
//   redis.Kill();
//   redis.Start();   // where it was before
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/redis/address.h"
#include "service/redis/reply.h"
#include "tests/integration/harness/process.h"

namespace blooio::gateway {

class RedisProcess {
 public:
  // Returns when it can be connected to.
  explicit RedisProcess(std::vector<std::string> options = {});
  ~RedisProcess();

  RedisAddress address() const;
  RedisAddress unix_address() const;

  // What an operator says; waits for the answer. With an answer of nobody's (a nil) when
  // the server has gone. As its default user, with `password` if there is one.
  RedisReply Say(const std::vector<std::string_view>& words, std::string_view password = {}) const;

  void Pause();
  void Resume();
  void Kill();
  void Start();

 private:
  bool TryToStart();

  const std::vector<std::string> options_;
  std::filesystem::path folder_;
  int port_ = 0;
  std::unique_ptr<integration::Process> process_;
};

}  // namespace blooio::gateway
