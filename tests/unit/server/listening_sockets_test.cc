#include "service/server/listening_sockets.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace blooio::gateway {
namespace {

TEST(ListeningSocketsTest, NameThePortThatWasTaken) {
  for (const std::string host : {"127.0.0.1", "[::1]", "localhost", "0.0.0.0", "[::]"}) {
    const auto sockets = ListeningSockets::Open(host + ":0");
    ASSERT_TRUE(sockets.ok()) << host << sockets.status();
    EXPECT_TRUE(sockets->address().starts_with(host + ":")) << sockets->address();
    const int port = std::stoi(sockets->address().substr(host.size() + 1));
    EXPECT_GT(port, 0);
    EXPECT_GE(sockets->sockets().size(), 1u);
    for (const FileDescriptor& socket : sockets->sockets()) {
      sockaddr_in6 address{};
      socklen_t length = sizeof address;
      // Both families have the port in one place.
      getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
      EXPECT_EQ(ntohs(address.sin6_port), port) << host;
    }
  }
}

TEST(ListeningSocketsTest, ShareNothing) {
  auto first = ListeningSockets::Open("127.0.0.1:0");
  ASSERT_TRUE(first.ok());
  const std::string address = first->address();
  for (const std::string& same : {address, "localhost" + address.substr(address.rfind(':')),
                                  "0.0.0.0" + address.substr(address.rfind(':'))}) {
    const auto second = ListeningSockets::Open(same);
    ASSERT_FALSE(second.ok()) << same;
    EXPECT_EQ(second.status().message(), "Address already in use");
  }
  { const ListeningSockets gone = *std::move(first); }
  EXPECT_TRUE(ListeningSockets::Open(address).ok());
}

TEST(ListeningSocketsTest, SayWhyNot) {
  EXPECT_EQ(ListeningSockets::Open("192.0.2.1:0").status().message(), "Cannot assign requested address");
  EXPECT_FALSE(ListeningSockets::Open("nobody.invalid:0").ok());
  EXPECT_EQ(ListeningSockets::Open("unix:/nowhere/socket").status().message(), "No such file or directory");
}

class UnixSocketTest : public testing::Test {
 protected:
  ~UnixSocketTest() override { std::filesystem::remove(path_); }
  const std::string path_ = testing::TempDir() + "/listening_sockets";
  const std::string listen_ = "unix:" + path_;
};

TEST_F(UnixSocketTest, IsGoneWithItsOwner) {
  {
    const auto sockets = ListeningSockets::Open(listen_);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_EQ(sockets->address(), listen_);
    EXPECT_TRUE(std::filesystem::is_socket(path_));
    EXPECT_EQ(ListeningSockets::Open(listen_).status().message(), "Address already in use");
    EXPECT_TRUE(std::filesystem::is_socket(path_)) << "taken away from under its owner";
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, TakesThePlaceOfOneLeftBehind) {
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    const FileDescriptor left(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::is_socket(path_));
  EXPECT_TRUE(ListeningSockets::Open(listen_).ok());
}

TEST_F(UnixSocketTest, LeavesAnothersInItsPlaceAlone) {
  auto first = ListeningSockets::Open(listen_);
  ASSERT_TRUE(first.ok()) << first.status();
  std::filesystem::remove(path_);
  const auto second = ListeningSockets::Open(listen_);
  ASSERT_TRUE(second.ok()) << second.status();
  { const ListeningSockets ends = *std::move(first); }
  EXPECT_TRUE(std::filesystem::is_socket(path_));
}

TEST_F(UnixSocketTest, LeavesFilesAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(ListeningSockets::Open(listen_).status().message(), "Address already in use");
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

}  // namespace
}  // namespace blooio::gateway
