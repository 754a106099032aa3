// As many connections as there are at the worst, each of a caller that has called once and
// stays: what they take, and that others are served as ever.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/process_status.h"
#include "tests/integration/harness/raw_client.h"
#include "tests/integration/harness/sandbox_server.h"
#include "tests/integration/harness/sanitized.h"

namespace blooio::integration {
namespace {

constexpr int kMostConnections = 10'000;
// 250 MiB, and what gRPC needs of threads on two cores.
constexpr int64_t kMostKilobytes = 256'000;
constexpr int kMostThreads = 16;

// RFC 9113, section 4.1 and 6.
constexpr uint8_t kData = 0, kHeaders = 1, kSettings = 4;
constexpr uint8_t kAck = 1, kEndStream = 1, kEndHeaders = 4;
constexpr size_t kFrameHead = 9;

std::string Frame(uint8_t type, uint8_t flags, uint8_t stream, const std::string& payload) {
  const auto size = static_cast<char>(payload.size());  // All are small.
  return std::string{0, 0, size, static_cast<char>(type),  static_cast<char>(flags),
                     0, 0, 0,    static_cast<char>(stream)} +
         payload;
}

// A header that enters no table (RFC 7541, section 6.2.2).
std::string Field(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name + static_cast<char>(value.size()) +
         value;
}

// One call of v4 ListGroups on a connection of its own, which stays when it has ended. A
// client of gRPC would take more than the gateway does.
class LastingCaller {
 public:
  explicit LastingCaller(const std::string& address) : client_(address) {
    client_.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "") +
                 Frame(kSettings, kAck, 0, "") +
                 Frame(kHeaders, kEndHeaders, 1,
                       Field(":method", "POST") + Field(":scheme", "http") +
                           Field(":path", "/blooio.v4.GroupsService/ListGroups") + Field(":authority", "a") +
                           Field("content-type", "application/grpc") + Field("te", "trailers")) +
                 Frame(kData, kEndStream, 1, std::string(5, '\0')));
  }

  // Waits for the end of the call: whether it was answered by a message.
  bool IsAnswered() {
    bool has_message = false;
    for (std::string bytes;;) {
      const std::string more = client_.ReadSome();
      if (more.empty()) return false;
      bytes += more;
      while (bytes.size() >= kFrameHead) {
        const auto byte = [&](size_t place) { return static_cast<uint8_t>(bytes[place]); };
        const size_t size = kFrameHead + (byte(0) << 16 | byte(1) << 8 | byte(2));
        if (bytes.size() < size) break;
        has_message |= byte(3) == kData;
        if (byte(3) == kHeaders && (byte(4) & kEndStream) != 0) return has_message;
        bytes.erase(0, size);
      }
    }
  }

 private:
  RawClient client_;
};

TEST(IdleConnectionsTest, TakeLittleAndKeepNobodyOut) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  // The gateway leaves half of its descriptors to its callers.
  const int share = static_cast<int>(std::min<rlim_t>(files.rlim_max, 1 << 20)) / 2 - 100;
  const int count = std::min(kMostConnections, share);

  SandboxServer sandbox;
  GatewayOptions options;
  options.upstream = sandbox.address();
  options.key = sandbox.key();
  options.flags = {"--log-level", "error"};
  options.server += ", threads: 1, reflection: false";
  GatewayServer gateway(options);
  const pid_t pid = gateway.process().pid();
  const int64_t idle = StatusField(pid, "VmRSS");
  int64_t half = 0;
  std::deque<LastingCaller> callers;
  for (int i = 0; i < count; ++i) {
    if (i == count / 2) half = StatusField(pid, "VmRSS");
    ASSERT_TRUE(callers.emplace_back(gateway.address()).IsAnswered()) << "connection " << i;
  }
  const int64_t kilobytes = StatusField(pid, "VmRSS");
  const int64_t threads = StatusField(pid, "Threads");
  std::cout << count << " connections: " << kilobytes << " kB, half of them " << half << " kB, before "
            << idle << " kB; " << threads << " threads: " << ThreadNames(pid) << "\n";
  if (!kSanitized) {
    EXPECT_LE(kilobytes, kMostKilobytes);
    // The second half takes what the first did; a tenth is the allocator's.
    EXPECT_LE(10 * (kilobytes - half), 11 * (half - idle));
  }
  EXPECT_LE(threads, kMostThreads) << ThreadNames(pid);
  v4::ListGroupsResponse reply;
  const Result result = Caller(gateway.address()).Call(v4::ListGroupsRequest(), &reply);
  EXPECT_EQ(result.code, google::rpc::OK) << result;
}

}  // namespace
}  // namespace blooio::integration
