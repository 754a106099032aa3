// What is held, and that requests which leave together are one packet.
#include "service/upstream/corks.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "service/base/signals_blocked.h"
#include "service/upstream/shift.h"
#include "tests/unit/upstream/http2_server.h"
#include "tests/unit/upstream/tls_files.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

bool IsCorked(int socket) {
  int on = 0;
  socklen_t size = sizeof(on);
  return getsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, &size) == 0 && on != 0;
}
bool IsCorked(const FileDescriptor& socket) { return IsCorked(socket.get()); }

// Of all sockets that this process has.
int CountCorked() {
  int corked = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    if (IsCorked(std::stoi(file.path().filename()))) ++corked;
  }
  return corked;
}

FileDescriptor Socket() { return FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

TEST(CorksTest, HoldsUntilReleased) {
  const FileDescriptor one = Socket(), two = Socket();
  Corks corks;
  corks.Release();
  for (int round = 0; round < 2; ++round) {
    corks.Hold(one.get());
    corks.Hold(one.get());
    EXPECT_TRUE(IsCorked(one));
    EXPECT_FALSE(IsCorked(two));
    corks.Hold(two.get());
    EXPECT_TRUE(IsCorked(one) && IsCorked(two));
    corks.Release();
    EXPECT_FALSE(IsCorked(one) || IsCorked(two));
  }
}

TEST(CorksTest, HoldsAFewRequestsAtATime) {
  const FileDescriptor one = Socket(), two = Socket();
  Corks corks;
  for (int i = 0; i < 3 * 16; ++i) {
    const bool first = i / 16 % 2 == 0;
    corks.Hold(first ? one.get() : two.get());
    EXPECT_EQ(IsCorked(one), first) << i;
    EXPECT_EQ(IsCorked(two), !first) << i;
  }
}

// Its number may be another's by then.
TEST(CorksTest, LeavesClosedSocketsAlone) {
  const FileDescriptor one = Socket(), two = Socket();
  Corks corks;
  corks.Hold(one.get());
  corks.Hold(two.get());
  corks.Closed(one.get());
  corks.Release();
  EXPECT_TRUE(IsCorked(one));
  EXPECT_FALSE(IsCorked(two));
}

uint32_t PacketsOf(const RawConnection& connection) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  EXPECT_EQ(getsockopt(connection.fd(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  return info.tcpi_data_segs_in;
}

class CorkedRequests : public UpstreamTest {
 protected:
  void SetUp() override { Use({.ca_file = files_.certificate_file()}); }

  // The fewest packets in which so many calls have come, started before a single Send; of several
  // rounds: a machine that stands still for long makes Linux send what is held.
  uint32_t FewestPackets(int calls) {
    uint32_t fewest = UINT32_MAX;
    SpeakHttp2(files_.server_context());
    const RawServer::Script count = [&](RawServer& s) {
      Http2Connection connection(s.Accept());
      for (uint32_t before = 0;;) {
        std::vector<uint32_t> streams;
        for (int i = 0; i < calls; ++i) streams.push_back(connection.ReadRequest());
        if (streams.back() == 0) return;
        const uint32_t now = PacketsOf(connection.raw());
        fewest = std::min(fewest, now - std::exchange(before, now));
        for (const uint32_t stream : streams) connection.Answer(stream, "{}");
      }
    };
    {
      RawServer server(count, files_.server_context());
      const SignalsBlocked blocked;
      const auto endpoint = MakeEndpoint(server.url());
      const auto shift = upstream_->Join(0);
      for (int round = 0; round < 6; ++round) {
        std::vector<std::unique_ptr<Running>> running;
        for (int i = 0; i < calls; ++i) {
          running.push_back(std::make_unique<Running>(*upstream_, endpoint, Post()));
        }
        shift->Send();
        EXPECT_EQ(CountCorked(), 0);
        for (auto& call : running) {
          while (!call->ended()) {
            shift->Turn();
            EXPECT_EQ(CountCorked(), 0);
          }
          EXPECT_EQ(call->Wait().status, 200);
        }
      }
    }
    return fewest;
  }

  TlsFiles files_;
};

TEST_F(CorkedRequests, HeadAndBodyAreOnePacket) { EXPECT_EQ(FewestPackets(1), 1u); }
TEST_F(CorkedRequests, CallsAtHandAreOnePacket) { EXPECT_EQ(FewestPackets(5), 1u); }

}  // namespace
}  // namespace blooio::gateway
