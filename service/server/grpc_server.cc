#include "service/server/grpc_server.h"

#include <grpc/grpc.h>
#include <grpcpp/resource_quota.h>
#include <sched.h>

#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "service/base/text.h"
#include "service/base/thread_name.h"
#include "service/rpc/health_service.h"
#include "service/rpc/reflection_service.h"
#include "service/rpc/services.h"
#include "service/rpc/tag.h"
#include "service/server/acceptor.h"
#include "service/server/listener_credentials.h"
#include "service/server/lookout.h"

namespace blooio::gateway {
namespace {

// gRPC refuses calls with more; a token has up to 16 KiB.
constexpr int kMaxMetadataBytes = 32 << 10;
// Calls of one connection at a time, of whoever has a credential or none. Ten
// connections carry 10,000 calls; a client that has more to say waits its turn.
constexpr int kMaxStreams = 1000;
// What gRPC may hold of requests and connections, all together; beyond it gRPC ends
// calls. 10,000 small ones stay far below it.
constexpr size_t kMaxTransportBytes = size_t{512} << 20;
// A connection that has not become one of HTTP/2 by then is closed.
constexpr int kHandshakeMilliseconds = 20'000;
// Events of gRPC in one round. After a round with any, what is to leave for the upstream
// does; after this many such rounds, answers are read as well.
constexpr int kEventsAtOnce = 64;
constexpr int kBusyRounds = 4;
// For the answers of abandoned calls to leave.
constexpr absl::Duration kAbandonTime = absl::Seconds(1);

void SetTransport(const v1::ServerConfig& config, absl::Duration max_deadline, grpc::ServerBuilder& builder) {
  const auto age_ms =
      config.max_connection_age().seconds() * 1000 + config.max_connection_age().nanos() / 1000000;
  // Stock keepalive clients are cut off as "too many pings" otherwise.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(age_ms));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(max_deadline + absl::Seconds(5))));
  // Nobody reads it; calls keep their deadlines themselves; answers are short.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.SetMaxReceiveMessageSize(config.max_request_bytes());
  // The longest token, to be refused by identity/ and not as an oversized call.
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMilliseconds);
  builder.SetResourceQuota(grpc::ResourceQuota("listener").Resize(kMaxTransportBytes));
  // The upstream cap bounds replies; gRPC's own limit would lose the error contract.
  builder.SetMaxSendMessageSize(-1);
}

class RealGrpcServer final : public GrpcServer {
 public:
  RealGrpcServer(Upstream& upstream, Pipeline& pipeline, RouteTable& routes, Telemetry& telemetry,
                 std::unique_ptr<ListenerCredentials> credentials, bool asks_for_certificates)
      : credentials_(std::move(credentials)),
        upstream_(upstream),
        pipeline_(pipeline),
        telemetry_(telemetry),
        services_(pipeline, routes, telemetry, asks_for_certificates) {}

  ~RealGrpcServer() override {
    if (!finished_) Finish(absl::InfinitePast());
  }

  absl::Status Begin(const v1::ServerConfig& config, absl::Duration max_deadline, EventLoop& loop) {
    grpc::ServerBuilder builder;
    SetTransport(config, max_deadline, builder);
    auto sockets = ListeningSockets::Open(config.listen());
    if (!sockets.ok()) return NotBound(config.listen(), sockets.status());
    address_ = sockets->address();
    using Experimental = grpc::ServerBuilder::experimental_type;
    connections_ = builder.experimental().AddExternalConnectionAcceptor(
        Experimental::ExternalConnectionType::FROM_FD, credentials_->grpc());
    if (absl::Status status = services_.Register(builder); !status.ok()) return status;
    health_.Register(builder);
    if (config.reflection()) reflection_.emplace(side_calls_, services_.names()).Register(builder);
    for (int i = 0; i < config.threads(); ++i) queues_.push_back(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::InternalError("gRPC cannot be started; its log says why");
    finished_ = false;
    health_.Set(services_.names(), true);
    for (auto& queue : queues_) {
      services_.Await(queue.get());
      health_.Await(queue.get());
      if (reflection_) reflection_->Await(queue.get());
      threads_.emplace_back([this, &queue, number = threads_.size()] {
        NameThread(Cat("calls-", number));
        Work(*queue, *upstream_.Join(number));
      });
    }
    acceptor_.emplace(loop, *std::move(sockets), AllowedFiles());
    telemetry_.ReadRefusedConnections(acceptor_->refused());
    acceptor_->Start([this](int listener, int connection) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters taken;
      taken.listener_fd = listener;
      taken.fd = connection;
      connections_->HandleNewConnection(&taken);
    });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  void StopTaking() override { health_.Set(services_.names(), false); }

  void Finish(absl::Time deadline) override {
    finished_ = true;
    acceptor_->Stop();
    std::thread shutdown([this] { server_->Shutdown(); });  // GOAWAY; returns when all has ended.
    if (!services_.calls().WaitForNone(deadline)) {
      pipeline_.StopTaking();
      services_.calls().AbandonAll();
      services_.calls().WaitForNone(absl::Now() + kAbandonTime);
    }
    // What is left are streams without an end of their own: health watches, reflection.
    grpc_server_cancel_all_calls(server_->c_server());
    shutdown.join();
    // A queue may be shut down only when nobody posts to it any more.
    services_.calls().WaitForNone(absl::InfiniteFuture());
    side_calls_.WaitForNone(absl::InfiniteFuture());
    for (auto& queue : queues_) queue->Shutdown();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  static absl::Status NotBound(const std::string& listen, const absl::Status& why) {
    return absl::UnavailableError(Cat("cannot listen on ", listen, ": ", why.message(),
                                      "; choose another server.listen or stop what uses it"));
  }

  // Between calls this thread carries those to the upstream, too: it is awake, another one
  // would have to be woken up.
  static void Work(grpc::ServerCompletionQueue& queue, Shift& shift) {
    using Next = grpc::CompletionQueue::NextStatus;
    const gpr_timespec now = gpr_time_0(GPR_CLOCK_MONOTONIC), never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    Lookout lookout;
    bool awake = true;
    int busy = 0;  // Rounds in a row in which callers had something to say.
    for (;;) {
      void* tag = nullptr;
      bool ok = false;
      Next next = queue.AsyncNext(&tag, &ok, awake ? now : never);
      busy = next == Next::GOT_EVENT ? busy + 1 : 0;
      for (int i = 1; next == Next::GOT_EVENT; ++i) {
        static_cast<const Tag*>(tag)->Tell(ok);
        if (i == kEventsAtOnce) break;
        next = queue.AsyncNext(&tag, &ok, now);
      }
      if (next == Next::SHUTDOWN) return;
      awake = true;
      if (busy > 0) lookout.Found();
      if (busy > 0 && busy < kBusyRounds) {
        shift.Send();
        continue;
      }
      busy = 0;
      if (shift.Turn()) {
        lookout.Found();
        continue;
      }
      awake = lookout.Again(std::chrono::steady_clock::now());
      if (awake) {
        sched_yield();
      } else {
        shift.Pause();
      }
    }
  }

  const std::unique_ptr<ListenerCredentials> credentials_;  // Outlives server_.
  Upstream& upstream_;
  Pipeline& pipeline_;
  Telemetry& telemetry_;
  Services services_;
  // Of health and reflection: they go on for as long as the server does.
  CallRegistry side_calls_;
  HealthService health_{side_calls_};
  std::optional<ReflectionService> reflection_;
  std::string address_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::thread> threads_;
  // Hands what the acceptor has accepted to the server.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::optional<Acceptor> acceptor_;
  bool finished_ = true;  // Until there is something to finish.
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const v1::ServerConfig& config,
                                                              absl::Duration max_deadline, Upstream& upstream,
                                                              Pipeline& pipeline, RouteTable& routes,
                                                              Telemetry& telemetry, FileWatcher& files,
                                                              EventLoop& loop) {
  auto credentials = ListenerCredentials::Make(config, files, telemetry);
  if (!credentials.ok()) return credentials.status();
  auto server = std::make_unique<RealGrpcServer>(
      upstream, pipeline, routes, telemetry, *std::move(credentials), !config.tls().client_ca_file().empty());
  if (absl::Status status = server->Begin(config, max_deadline, loop); !status.ok()) return status;
  return server;
}

}  // namespace blooio::gateway
