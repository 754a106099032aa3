// Real sockets on a real epoll: what is heard of, and how often epoll is told.
#include "service/upstream/socket_watch.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/base/file_descriptor.h"

namespace blooio::gateway {
namespace {

class SocketWatchTest : public testing::Test {
 protected:
  SocketWatchTest() { Connect(); }

  void Connect() {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    socket_ = FileDescriptor(ends[0]);
    peer_ = FileDescriptor(ends[1]);
  }
  void Say() const { ASSERT_EQ(write(peer_.get(), "x", 1), 1); }
  // What epoll has to say right now: events, of those the wanted ones.
  std::pair<uint32_t, uint32_t> Look() {
    epoll_event event{};
    if (epoll_wait(epoll_.get(), &event, 1, 0) != 1) return {0, 0};
    EXPECT_EQ(static_cast<int>(event.data.fd), socket_.get());
    const uint32_t events = event.events;
    return {events, watch_.Wanted(event)};
  }

  const FileDescriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  SocketWatch watch_{epoll_.get()};
  FileDescriptor socket_, peer_;
};

constexpr std::pair<uint32_t, uint32_t> kNothing = {0, 0};
constexpr std::pair<uint32_t, uint32_t> kRead = {EPOLLIN, EPOLLIN};
constexpr std::pair<uint32_t, uint32_t> kUnwanted = {EPOLLIN, 0};

TEST_F(SocketWatchTest, WhatIsWantedIsHeard) {
  watch_.Opened(socket_.get());
  Say();
  EXPECT_EQ(Look(), kNothing);
  watch_.Want(socket_.get(), EPOLLIN);
  EXPECT_EQ(Look(), kRead);
  watch_.Want(socket_.get(), EPOLLIN | EPOLLOUT);
  EXPECT_EQ(Look().second, uint32_t{EPOLLIN | EPOLLOUT});
}

TEST_F(SocketWatchTest, StaysWatchedUntilItSpeaksInVain) {
  watch_.Opened(socket_.get());
  watch_.Want(socket_.get(), EPOLLIN);
  watch_.Want(socket_.get(), 0);
  EXPECT_EQ(Look(), kNothing);
  Say();
  EXPECT_EQ(Look(), kUnwanted);
  EXPECT_EQ(Look(), kNothing) << "it was heard again";
  watch_.Want(socket_.get(), EPOLLIN);
  EXPECT_EQ(Look(), kRead);
}

TEST_F(SocketWatchTest, LessThanIsWatchedIsHeardOnce) {
  watch_.Opened(socket_.get());
  watch_.Want(socket_.get(), EPOLLIN | EPOLLOUT);
  watch_.Want(socket_.get(), EPOLLIN);
  EXPECT_EQ(Look().second, 0u);
  EXPECT_EQ(Look(), kNothing);
  Say();
  EXPECT_EQ(Look(), kRead);
}

TEST_F(SocketWatchTest, ItsEndIsHeardWheneverAnythingIs) {
  watch_.Opened(socket_.get());
  watch_.Want(socket_.get(), EPOLLOUT);
  peer_ = FileDescriptor();
  EXPECT_NE(Look().second & EPOLLHUP, 0u);
  watch_.Want(socket_.get(), 0);
  EXPECT_EQ(Look().second, 0u);
  EXPECT_EQ(Look(), kNothing);
}

TEST_F(SocketWatchTest, AnotherWithTheSameNumberIsWatchedAnew) {
  for (const bool told : {false, true}) {
    const int number = socket_.get();
    if (told) watch_.Opened(number);
    watch_.Want(number, EPOLLIN);
    watch_.Want(number, 0);
    if (told) watch_.Closed(number);
    socket_ = FileDescriptor();
    peer_ = FileDescriptor();
    Connect();
    ASSERT_EQ(socket_.get(), number);
    Say();
    if (told) watch_.Opened(number);
    watch_.Want(number, EPOLLIN);
    EXPECT_EQ(Look(), kRead) << told;
    watch_.Want(number, 0);
    if (told) watch_.Closed(number);
  }
}

}  // namespace
}  // namespace blooio::gateway
