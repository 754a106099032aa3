// A request of which nothing could be written at first, and everything a moment later: libcurl
// does not count those bytes, but they have left.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "tests/unit/upstream/upstream_test_base.h"

namespace {

// The next request's first write finds the socket full.
std::atomic<bool> full_once = false;

}  // namespace

// In place of the C library's, for libcurl too.
extern "C" ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  if (std::string_view(static_cast<const char*>(bytes), size).starts_with("POST ") &&
      full_once.exchange(false)) {
    errno = EAGAIN;
    return -1;
  }
  return syscall(SYS_sendto, socket, bytes, size, flags, nullptr, 0);
}

namespace blooio::gateway {
namespace {

using LateWrite = UpstreamTest;

TEST_F(LateWrite, IsNotRepeatedWhenItsConnectionDies) {
  for (const bool used : {false, true}) {
    RawServer server([&](RawServer& s) {
      RawConnection connection = s.Accept();
      if (used) {
        connection.ReadRequest();
        connection.Write(Answer("{}"));
      }
      connection.ReadRequest();
      connection.Close();
      s.AnswerAll(Answer("{\"repeated\":true}"));
    });
    if (used) {
      ASSERT_EQ(Call(server.url(), Post()).status, 200);
    }
    full_once = true;
    const AttemptResult result = Call(server.url(), Post());
    EXPECT_FALSE(full_once) << "it was written by other means";
    EXPECT_EQ(result.end, AttemptEnd::kLost) << used;
    EXPECT_EQ(result.phase, Phase::kSent) << used;
    EXPECT_EQ(server.requests(), used ? 2 : 1);
  }
}

}  // namespace
}  // namespace blooio::gateway
