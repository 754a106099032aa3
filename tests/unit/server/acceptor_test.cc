#include "service/server/acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace blooio::gateway {
namespace {

constexpr std::chrono::seconds kPatience(30);

// A client's socket, not connected yet.
FileDescriptor MakeClient() { return FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

bool Connect(const FileDescriptor& client, const std::string& address) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(client.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0;
}

// Waits for the other side to close.
bool IsClosed(const FileDescriptor& client) {
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char byte;
  const ssize_t count = recv(client.get(), &byte, 1, 0);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

class AcceptorTest : public testing::Test {
 protected:
  // Starts one that may have so many files open.
  void Start(int allowed_files) {
    auto sockets = ListeningSockets::Open("127.0.0.1:0");
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    address_ = sockets->address();
    acceptor_.emplace(loop_, *std::move(sockets), allowed_files);
    acceptor_->Start([this](int, int connection) {
      std::lock_guard lock(mutex_);
      taken_.emplace_back(connection);
      changed_.notify_all();
    });
  }
  bool AwaitTaken(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return taken_.size() >= count; });
  }
  size_t taken() {
    std::lock_guard lock(mutex_);
    return taken_.size();
  }

  EventLoop loop_;
  std::string address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FileDescriptor> taken_;
  std::optional<Acceptor> acceptor_;  // Ends before what it hands over to.
};

TEST_F(AcceptorTest, HandsOverWhatConnects) {
  Start(AllowedFiles());
  const FileDescriptor first = MakeClient();
  const FileDescriptor second = MakeClient();
  EXPECT_TRUE(Connect(first, address_));
  EXPECT_TRUE(Connect(second, address_));
  ASSERT_TRUE(AwaitTaken(2));
  std::lock_guard lock(mutex_);
  EXPECT_NE(fcntl(taken_[0].get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(taken_[0].get(), F_GETFD) & FD_CLOEXEC, 0);
}

// More than are accepted at a time.
TEST_F(AcceptorTest, HandsOverAllThatConnectAtOnce) {
  Start(AllowedFiles());
  std::promise<void> go;
  loop_.Post([&go] { go.get_future().wait(); });
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(MakeClient());
    EXPECT_TRUE(Connect(clients.back(), address_));
  }
  go.set_value();
  EXPECT_TRUE(AwaitTaken(100)) << taken();
}

TEST_F(AcceptorTest, ClosesWhatWouldTakeTheFilesOfOthers) {
  const FileDescriptor client = MakeClient();
  const FileDescriptor next = MakeClient();
  // The next file is one more than half of them.
  Start(next.get());
  const auto refused = acceptor_->refused();
  EXPECT_TRUE(Connect(client, address_));
  EXPECT_TRUE(IsClosed(client));
  EXPECT_TRUE(Connect(next, address_));
  EXPECT_TRUE(IsClosed(next));
  EXPECT_EQ(taken(), 0u);
  EXPECT_EQ(*refused, 2u);
}

TEST_F(AcceptorTest, TakesNothingOnceStopped) {
  Start(AllowedFiles());
  acceptor_->Stop();
  EXPECT_FALSE(Connect(MakeClient(), address_));
  acceptor_->Stop();
}

}  // namespace
}  // namespace blooio::gateway
