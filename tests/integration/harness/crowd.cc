#include "tests/integration/harness/crowd.h"

#include <grpcpp/alarm.h>
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "blooio/v4/groups_service.pb.h"
#include "tests/integration/harness/channel.h"

namespace blooio::integration {
namespace {

// More calls than there ever are.
constexpr int64_t kForEver = int64_t{1} << 60;

// One of the calls that a member has under way on a gateway, again and again.
struct Slot {
  const CrowdMember* member;
  grpc::GenericStub* stub;
  CrowdCall call;
  int made = 0;
  std::string method;
  grpc::ByteBuffer request;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer reply;
  grpc::Status status;
};

std::optional<absl::Duration> ToldToWait(const Result& result) {
  int64_t milliseconds = -1;
  if (!absl::SimpleAtoi(result.Trailer("grpc-retry-pushback-ms"), &milliseconds) || milliseconds < 0) {
    return std::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace

class Crowd::Impl {
 public:
  Impl(const std::vector<std::string>& gateways, std::vector<CrowdMember> members,
       const std::string& service_config)
      : members_(std::move(members)) {
    if (!service_config.empty()) {
      for (const std::string& gateway : gateways) shared_.push_back(OpenChannel(gateway, service_config));
    }
    for (size_t place = 0; place < members_.size(); ++place) Add(place, gateways);
    thread_ = std::thread([this] { Run(); });
  }
  ~Impl() { End(); }

  bool Await(int64_t more, absl::Duration patience) {
    std::unique_lock lock(mutex_);
    const size_t until = calls_.size() + static_cast<size_t>(more);
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(patience),
                             [&] { return done_ || calls_.size() >= until; });
  }

  std::vector<CrowdCall> End() {
    if (thread_.joinable()) {
      wake_.Set(&queue_, gpr_now(GPR_CLOCK_MONOTONIC), nullptr);
      thread_.join();
      queue_.Shutdown();
      void* tag = nullptr;
      for (bool ok = false; queue_.Next(&tag, &ok);) {
      }
    }
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  void Add(size_t place, const std::vector<std::string>& gateways) {
    CrowdMember& member = members_[place];
    if (member.request == nullptr) member.request = std::make_shared<v4::ListGroupsRequest>();
    if (member.gateways.empty()) {
      for (size_t gateway = 0; gateway < gateways.size(); ++gateway) member.gateways.push_back(gateway);
    }
    for (const size_t gateway : member.gateways) {
      stubs_.emplace_back(shared_.empty() ? OpenChannel(gateways[gateway]) : shared_[gateway]);
      for (int i = 0; i < member.at_once; ++i) {
        Slot& slot = slots_.emplace_back();
        slot.member = &member;
        slot.stub = &stubs_.back();
        slot.call.member = place;
        slot.call.gateway = gateway;
        Ask(slot, *member.request);
      }
    }
  }

  static void Ask(Slot& slot, const google::protobuf::Message& request) {
    const grpc::Slice bytes(request.SerializeAsString());
    slot.method = MethodOf(request);
    slot.request = grpc::ByteBuffer(&bytes, 1);
  }

  void Run() {
    for (Slot& slot : slots_) Start(slot);
    while (under_way_ > 0 || (!paused_.empty() && !ending_)) {
      const absl::Time next = paused_.empty() || ending_ ? absl::InfiniteFuture() : paused_.begin()->first;
      void* tag = nullptr;
      bool ok = false;
      if (queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(next)) != grpc::CompletionQueue::GOT_EVENT) {
        Slot& slot = *paused_.begin()->second;
        slot.call.late = absl::Now() - paused_.begin()->first;
        paused_.erase(paused_.begin());
        Start(slot);
      } else if (tag == nullptr) {
        ending_ = true;
      } else {
        Ended(*static_cast<Slot*>(tag));
      }
    }
    std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  void Start(Slot& slot) {
    slot.context = std::make_unique<grpc::ClientContext>();
    if (slot.member->token) {
      const auto [name, value] = slot.member->token->metadata();
      slot.context->AddMetadata(name, value);
    }
    if (slot.member->next) Ask(slot, *slot.member->next());
    slot.call.began = absl::Now();
    slot.context->set_deadline(absl::ToChronoTime(slot.call.began + slot.member->deadline));
    slot.reader = slot.stub->PrepareUnaryCall(slot.context.get(), slot.method, slot.request, &queue_);
    slot.reader->StartCall();
    slot.reader->Finish(&slot.reply, &slot.status, &slot);
    ++under_way_;
  }

  void Ended(Slot& slot) {
    --under_way_;
    CrowdCall& call = slot.call;
    call.ended = absl::Now();
    const Result result = ReadResult(slot.status, *slot.context, call.ended - call.began);
    call.what = result.Reason().empty() ? google::rpc::Code_Name(result.code) : result.Reason();
    call.told = ToldToWait(result);
    {
      std::lock_guard lock(mutex_);
      calls_.push_back(call);
      changed_.notify_all();
    }
    if (ending_) return;
    if (result.code == 0) {
      call.refusals = 0;
      call.late = absl::ZeroDuration();
      if (++slot.made != slot.member->calls) Start(slot);
      return;
    }
    ++call.refusals;
    const std::optional<absl::Duration> pause = slot.member->pause ? slot.member->pause : call.told;
    if (pause) paused_.emplace(call.ended + *pause, &slot);
  }

  std::vector<CrowdMember> members_;
  std::vector<std::shared_ptr<grpc::Channel>> shared_;
  std::deque<grpc::GenericStub> stubs_;
  std::deque<Slot> slots_;
  grpc::CompletionQueue queue_;
  grpc::Alarm wake_;
  // Of the thread alone.
  int under_way_ = 0;
  bool ending_ = false;
  std::multimap<absl::Time, Slot*> paused_;

  std::mutex mutex_;  // Guards what follows, the thread excepted.
  std::condition_variable changed_;
  std::vector<CrowdCall> calls_;
  bool done_ = false;
  std::thread thread_;
};

Crowd::Crowd(const std::vector<std::string>& gateways, std::vector<CrowdMember> members,
             const std::string& service_config)
    : impl_(std::make_unique<Impl>(gateways, std::move(members), service_config)) {}
Crowd::~Crowd() = default;

bool Crowd::Await(int64_t more) { return impl_->Await(more, absl::Minutes(2)); }

bool Crowd::AwaitAll() { return Await(kForEver); }

void Crowd::RunFor(absl::Duration time) { impl_->Await(kForEver, time); }

std::vector<CrowdCall> Crowd::End() { return impl_->End(); }

int64_t Count(const std::vector<CrowdCall>& calls, const std::string& what) {
  return CountIf(calls, [&](const CrowdCall& call) { return call.what == what; });
}

int64_t CountIf(const std::vector<CrowdCall>& calls, const std::function<bool(const CrowdCall&)>& which) {
  return std::count_if(calls.begin(), calls.end(), which);
}

absl::Duration Awake(const std::vector<CrowdCall>& calls, absl::Time from, absl::Time until) {
  constexpr absl::Duration kStandstill = absl::Milliseconds(100);
  absl::Duration awake;
  auto add = [&, last = from](absl::Time next) mutable {
    if (next - last < kStandstill) awake += next - last;
    last = next;
  };
  for (const CrowdCall& call : calls) {
    if (call.ended >= from && call.ended < until) add(call.ended);
  }
  add(until);
  return awake;
}

std::string Summary(const std::vector<CrowdCall>& calls) {
  std::map<std::string, int64_t> counts;
  for (const CrowdCall& call : calls) ++counts[call.what];
  std::string text;
  for (const auto& [what, count] : counts) absl::StrAppend(&text, what, ": ", count, "\n");
  return text;
}

}  // namespace blooio::integration
