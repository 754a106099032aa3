// A real redis-server with nothing in it, which can be stopped in every way.
//
//   RedisServer redis;                                     // answers already
//   RedisServer locked({"requirepass " + password});      // lines of a redis.conf
//   redis.Pause();     // takes connections and bytes and says nothing
//   redis.Resume();
//   redis.Kill();      // at once; whatever it held is lost
//   redis.Restart();   // empty, on the same port; kills it first when it runs
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/harness/process.h"
#include "tests/integration/harness/temp_dir.h"

namespace blooio::integration {

class RedisServer {
 public:
  // Throws when it does not get ready.
  explicit RedisServer(const std::vector<std::string>& settings = {});

  // "127.0.0.1:port"; nobody else gets the port while it is away.
  const std::string& address() const { return address_; }

  // Each of these has come about when it returns.
  void Pause();
  void Resume();
  void Kill();
  void Restart();

 private:
  // False when the port is taken.
  bool Start();

  const TempDir folder_;
  int port_ = 0;
  std::string address_;
  std::unique_ptr<Process> process_;
};

}  // namespace blooio::integration
