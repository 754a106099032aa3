// A closed loop of gRPC calls: whoever is answered calls again. One thread.
//
//   bench-caller --address=127.0.0.1:50051 --in_flight=64 --watch=PID
//
// Prints the window's JSON (window.h) when it is over.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/load/payload.h"
#include "tests/bench/load/window.h"

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "of the server");
ABSL_FLAG(std::string, token, "", "bearer token of the caller");
ABSL_FLAG(int, in_flight, 64, "calls under way at a time");
ABSL_FLAG(int, connections, 8, "at most");
ABSL_FLAG(size_t, text_bytes, 24, "of the message sent");
ABSL_FLAG(absl::Duration, warm_up, absl::Milliseconds(150), "before the window");
ABSL_FLAG(absl::Duration, length, absl::Seconds(1), "of the window");
ABSL_FLAG(int, watch, 0, "process whose CPU time counts; 0: this one");

namespace blooio::bench {
namespace {

class Loop {
 public:
  Loop() {
    const int connections = std::min(absl::GetFlag(FLAGS_connections), absl::GetFlag(FLAGS_in_flight));
    for (int i = 0; i < connections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      arguments.SetMaxReceiveMessageSize(-1);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
          absl::GetFlag(FLAGS_address), grpc::InsecureChannelCredentials(), arguments)));
    }
    const std::string key = KeyOf(number_);
    bytes_ = Request(absl::GetFlag(FLAGS_text_bytes), number_).SerializeAsString();
    key_at_ = bytes_.find(key);
  }

  std::string Run() {
    for (int i = 0; i < absl::GetFlag(FLAGS_in_flight); ++i) Call(static_cast<size_t>(i));
    Until(absl::Now() + absl::GetFlag(FLAGS_warm_up));
    // Many take longer than that: the window begins when each has been answered once.
    while (answered_ < absl::GetFlag(FLAGS_in_flight)) Next();
    window_.Begin();
    Until(absl::Now() + absl::GetFlag(FLAGS_length));
    window_.End();
    const std::string json = window_.Json();
    ending_ = true;
    while (under_way_ > 0) Next();
    return json;
  }

 private:
  struct OneCall {
    size_t place = 0;
    SteadyTime began;
    grpc::ClientContext context;
    grpc::ByteBuffer reply;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  };

  void Call(size_t place) {
    auto* call = new OneCall;
    call->place = place;
    call->began = std::chrono::steady_clock::now();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!token_.empty()) call->context.AddMetadata("authorization", token_);
    bytes_.replace(key_at_, 16, KeyOf(++number_));
    const grpc::Slice slice(bytes_);
    const grpc::ByteBuffer request(&slice, 1);
    call->reader = stubs_[place % stubs_.size()]->PrepareUnaryCall(
        &call->context, "/blooio.v4.MessagesService/SendChatMessage", request, &queue_);
    call->reader->StartCall();
    call->reader->Finish(&call->reply, &call->status, call);
    ++under_way_;
  }

  void Until(absl::Time end) {
    while (absl::Now() < end) Next();
  }

  void Next() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    const std::unique_ptr<OneCall> call(static_cast<OneCall*>(tag));
    --under_way_;
    ++answered_;
    if (call->status.ok()) {
      window_.Ended(std::chrono::steady_clock::now() - call->began);
    } else {
      window_.Failed(absl::StrCat(call->status.error_code(), ": ", call->status.error_message()));
    }
    if (!ending_) Call(call->place);
  }

  const std::string token_ =
      absl::GetFlag(FLAGS_token).empty() ? "" : absl::StrCat("Bearer ", absl::GetFlag(FLAGS_token));
  uint64_t number_ = uint64_t{std::random_device()()} << 32;
  std::string bytes_;
  size_t key_at_ = 0;
  Window window_{absl::GetFlag(FLAGS_watch)};
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  int under_way_ = 0;
  int64_t answered_ = 0;
  bool ending_ = false;
};

}  // namespace
}  // namespace blooio::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  std::puts(blooio::bench::Loop().Run().c_str());
  return 0;
}
