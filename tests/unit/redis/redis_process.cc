#include "tests/unit/redis/redis_process.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "service/base/file_descriptor.h"
#include "service/redis/command.h"
#include "service/redis/reply_reader.h"
#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

std::filesystem::path MakeFolder() {
  std::string path = std::filesystem::temp_directory_path() / "redis-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder");
  return path;
}

}  // namespace

RedisProcess::RedisProcess(std::vector<std::string> options)
    : options_(std::move(options)), folder_(MakeFolder()) {
  // Somebody else may take the port meanwhile.
  for (int i = 0; i < 10; ++i) {
    port_ = UnusedPort();
    if (TryToStart()) return;
  }
  throw std::runtime_error("redis-server does not start: " + process_->err());
}

RedisProcess::~RedisProcess() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

RedisAddress RedisProcess::address() const {
  return {.host = "127.0.0.1", .port = static_cast<uint16_t>(port_)};
}

RedisAddress RedisProcess::unix_address() const { return {.unix_path = folder_ / "socket"}; }

bool RedisProcess::TryToStart() {
  std::vector<std::string> command = {"/usr/bin/redis-server",
                                      "--port",
                                      std::to_string(port_),
                                      "--bind",
                                      "127.0.0.1",
                                      "--unixsocket",
                                      folder_ / "socket",
                                      "--dir",
                                      folder_,
                                      "--save",
                                      "",
                                      "--logfile",
                                      "/dev/stderr"};
  command.insert(command.end(), options_.begin(), options_.end());
  process_ = std::make_unique<integration::Process>(std::move(command));
  return process_->WaitForError("Ready to accept connections", kPatience);
}

RedisReply RedisProcess::Say(const std::vector<std::string_view>& words, std::string_view password) const {
  const FileDescriptor socket = Dial(port_);
  std::string text;
  if (!password.empty()) text = CommandText(std::array<std::string_view, 2>{"AUTH", password});
  text += CommandText(words);
  send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
  ReplyReader reader;
  RedisReply last;
  for (int expected = password.empty() ? 1 : 2; expected > 0;) {
    std::array<char, 65536> buffer;
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return {};
    reader.Feed({buffer.data(), static_cast<size_t>(size)});
    for (auto reply = reader.Next(); reply.ok() && reply->has_value(); reply = reader.Next()) {
      last = *std::move(*reply);
      --expected;
    }
  }
  return last;
}

void RedisProcess::Pause() { process_->Signal(SIGSTOP); }
void RedisProcess::Resume() { process_->Signal(SIGCONT); }
void RedisProcess::Kill() { process_.reset(); }
void RedisProcess::Start() {
  if (!TryToStart()) throw std::runtime_error("redis-server does not start: " + process_->err());
}

}  // namespace blooio::gateway
