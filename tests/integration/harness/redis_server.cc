#include "tests/integration/harness/redis_server.h"

#include <sys/wait.h>

#include <csignal>
#include <random>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace blooio::integration {
namespace {

// It may have a file to read first.
constexpr absl::Duration kPatience = absl::Minutes(1);

// Below what Linux gives to those who connect: none of them can have the port while
// the server is away, nor reach itself there.
int SomePort() {
  std::random_device device;
  return std::uniform_int_distribution<int>(12'000, 32'000)(device);
}

}  // namespace

RedisServer::RedisServer(const std::vector<std::string>& settings) {
  folder_.Write("redis.conf", absl::StrJoin(settings, "\n") + "\n");
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = SomePort();
    address_ = absl::StrCat("127.0.0.1:", port_);
    if (Start()) return;
  }
  throw std::runtime_error("redis-server: " + process_->err());
}

bool RedisServer::Start() {
  process_ = std::make_unique<Process>(std::vector<std::string>{
      "/usr/bin/redis-server", (folder_.path() / "redis.conf").string(), "--port", absl::StrCat(port_),
      "--bind", "127.0.0.1", "--dir", folder_.path().string(), "--save", "", "--logfile", "/dev/stderr"});
  return process_->WaitForError("Ready to accept connections", kPatience);
}

void RedisServer::Pause() {
  process_->Signal(SIGSTOP);
  siginfo_t stopped;
  waitid(P_PID, static_cast<id_t>(process_->pid()), &stopped, WSTOPPED | WNOWAIT);
}

void RedisServer::Resume() { process_->Signal(SIGCONT); }

void RedisServer::Kill() {
  if (process_->WaitForExit(absl::ZeroDuration())) return;
  process_->Signal(SIGKILL);
  process_->WaitForExit(absl::InfiniteDuration());
}

void RedisServer::Restart() {
  Kill();
  if (!Start()) throw std::runtime_error("redis-server: " + process_->err());
}

}  // namespace blooio::integration
