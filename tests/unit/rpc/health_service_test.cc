#include "service/rpc/health_service.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/rpc/running_server.h"

namespace blooio::gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kName[] = "blooio.v4.GroupsService";
const std::vector<std::string> kNames = {kName};

class HealthServer : public RunningServer<HealthService> {
 public:
  HealthServer() { Set(true); }
  void Set(bool serving) { service().Set(kNames, serving); }
  std::unique_ptr<Health::Stub> Stub() { return Health::NewStub(Connect()); }
};

// A caller's watch.
class Watch {
 public:
  Watch(Health::Stub& stub, const std::string& service) : stream_(Begin(stub, service)) {}
  ~Watch() {
    if (stream_ != nullptr) End();
  }

  // What is said next; "" at the end.
  std::string Next() {
    HealthCheckResponse reply;
    return stream_->Read(&reply) ? HealthCheckResponse::ServingStatus_Name(reply.status()) : "";
  }
  grpc::Status End() {
    context_.TryCancel();
    while (!Next().empty()) {
    }
    const grpc::Status status = stream_->Finish();
    stream_.reset();
    return status;
  }

 private:
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> Begin(Health::Stub& stub,
                                                                 const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    return stub.Watch(&context_, request);
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> stream_;
};

// The status that a check finds, or the name of its failure.
std::string Check(Health::Stub& stub, const std::string& service) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse reply;
  const grpc::Status status = stub.Check(&context, request, &reply);
  if (!status.ok()) return absl::StrCat(status.error_code(), ": ", status.error_message());
  return HealthCheckResponse::ServingStatus_Name(reply.status());
}

TEST(HealthServiceTest, ACheckFindsTheStatusOfEveryName) {
  HealthServer server;
  const auto stub = server.Stub();
  EXPECT_EQ(Check(*stub, ""), "SERVING");
  EXPECT_EQ(Check(*stub, kName), "SERVING");
  server.Set(false);
  EXPECT_EQ(Check(*stub, ""), "NOT_SERVING");
  EXPECT_EQ(Check(*stub, kName), "NOT_SERVING");
  for (const char* unknown : {"blooio.v9.Nothing", "blooio.v4.GroupsServic", " "}) {
    EXPECT_EQ(Check(*stub, unknown), "5: service name unknown") << unknown;
  }
}

TEST(HealthServiceTest, AWatchTellsOfEveryChange) {
  HealthServer server;
  const auto stub = server.Stub();
  Watch all(*stub, "");
  Watch one(*stub, kName);
  for (const bool serving : {true, false, true}) {
    server.Set(serving);
    server.Set(serving);  // No change.
    EXPECT_EQ(all.Next(), serving ? "SERVING" : "NOT_SERVING");
    EXPECT_EQ(one.Next(), serving ? "SERVING" : "NOT_SERVING");
  }
}

TEST(HealthServiceTest, AWatchOfAnUnknownNameGoesOn) {
  HealthServer server;
  const auto stub = server.Stub();
  Watch watch(*stub, "blooio.v9.Coming");
  EXPECT_EQ(watch.Next(), "SERVICE_UNKNOWN");
  server.Set(false);  // Nothing that concerns it.
  server.service().Set({kName, "blooio.v9.Coming"}, true);
  EXPECT_EQ(watch.Next(), "SERVING");
  server.Set(true);
  EXPECT_EQ(watch.Next(), "SERVICE_UNKNOWN");
}

// A longer name is nobody's, even where it is served: who watches it makes nobody keep it.
TEST(HealthServiceTest, AWatchKeepsNoLongName) {
  constexpr size_t kLongest = 200;
  HealthServer server;
  const auto stub = server.Stub();
  const std::string longest(kLongest, 'n');
  server.service().Set({longest, longest + "n"}, true);
  EXPECT_EQ(Watch(*stub, longest).Next(), "SERVING");
  EXPECT_EQ(Watch(*stub, longest + "n").Next(), "SERVICE_UNKNOWN");
}

// A write in this process ends when it is read: all of this happens during the first.
TEST(HealthServiceTest, OfAWatchThatDoesNotReadOnlyTheLatestIsKept) {
  HealthServer server;
  const auto stub = server.Stub();
  Watch watch(*stub, "");
  Watch other(*stub, "");
  EXPECT_EQ(watch.Next(), "SERVING");
  EXPECT_EQ(other.Next(), "SERVING");
  server.Set(false);
  EXPECT_EQ(other.Next(), "NOT_SERVING");
  for (int i = 0; i < 1000; ++i) {
    server.Set(true);
    server.Set(false);
  }
  server.Set(true);
  // What was under way, at most one that came between, and the latest.
  std::vector<std::string> said = {watch.Next()};
  while (said.back() != "SERVING" && said.size() < 10) said.push_back(watch.Next());
  EXPECT_THAT(said, testing::ElementsAre("NOT_SERVING", "SERVING"));
}

TEST(HealthServiceTest, AWatchEndsWithItsCaller) {
  HealthServer server;
  const auto stub = server.Stub();
  for (int i = 0; i < 50; ++i) {
    Watch watch(*stub, i % 2 == 0 ? "" : "blooio.v9.Nothing");
    if (i % 3 != 0) watch.Next();
    EXPECT_EQ(watch.End().error_code(), grpc::StatusCode::CANCELLED);
    server.Set(i % 2 != 0);
  }
  EXPECT_EQ(Check(*stub, ""), "SERVING");
}

TEST(HealthServiceTest, ManyWatchesEndWithTheServer) {
  for (const bool changing : {false, true}) {
    HealthServer server;
    const auto stub = server.Stub();
    std::vector<std::unique_ptr<Watch>> watches;
    for (int i = 0; i < 500; ++i) {
      watches.push_back(std::make_unique<Watch>(*stub, i % 5 == 0 ? "unknown" : kName));
      if (i % 2 == 0) watches.back()->Next();  // The others have not read.
    }
    std::atomic<bool> stop = false;
    std::thread changer([&] {
      for (bool serving = false; changing && !stop; serving = !serving) server.Set(serving);
    });
    server.End();
    stop = true;
    changer.join();
    EXPECT_TRUE(server.empty());
    for (const auto& watch : watches) EXPECT_NE(watch->End().error_code(), grpc::StatusCode::OK);
  }
}

}  // namespace
}  // namespace blooio::gateway
