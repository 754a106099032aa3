#include "tests/soak/callers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/harness/channel.h"
#include "tests/soak/answers.h"
#include "tests/soak/channels.h"
#include "tests/soak/manners.h"

namespace blooio::soak {
namespace {

// Callers go by what they are told to wait, but not for ever.
constexpr absl::Duration kMostPatience = absl::Milliseconds(300);
constexpr absl::Duration kMostPatienceResolving = absl::Seconds(2);
constexpr absl::Duration kResolvingDeadline = absl::Seconds(10);
constexpr size_t kResolvedAtOnce = 32;
// One in so many of what has happened is remembered.
constexpr size_t kRememberOneIn = 16;

}  // namespace

class Callers::Impl {
 public:
  Impl(const World& world, const Requests& requests, Mix& mix, Tally& tally)
      : world_(world), requests_(requests), mix_(mix), tally_(tally), channels_(world) {}
  ~Impl() {
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
  }

  std::deque<Operation> Run(size_t at_once, absl::Time until, int64_t calls) {
    resolving_ = false;
    enough_ = [this, until, calls] { return absl::Now() >= until || tally_.calls() >= calls; };
    lines_.resize(at_once);
    for (Line& line : lines_) Begin(line);
    Serve();
    return std::exchange(operations_, {});
  }

  void Resolve(const std::vector<Operation*>& open, absl::Duration patience) {
    resolving_ = true;
    open_.assign(open.begin(), open.end());
    enough_ = [until = absl::Now() + patience] { return absl::Now() >= until; };
    lines_.resize(std::min(open.size(), kResolvedAtOnce));
    for (Line& line : lines_) Begin(line);
    Serve();
  }

 private:
  // One of the operations under way at a time, one after the other.
  struct Line {
    Operation* operation = nullptr;
    // What is not kept: a read, or something from long ago.
    Operation own;
  };
  struct Call {
    Line* line = nullptr;
    uint64_t serial = 0;
    Inquiry inquiry = Inquiry::kNone;
    size_t gateway = 0;
    absl::Time began;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
    grpc::ByteBuffer reply;
    grpc::Status status;
  };

  // Until every line has ended.
  void Serve() {
    while (under_way_ > 0 || !alarms_.empty()) {
      void* tag = nullptr;
      bool ok = false;
      const absl::Time next = alarms_.empty() ? absl::InfiniteFuture() : alarms_.begin()->first;
      if (queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(next)) == grpc::CompletionQueue::GOT_EVENT) {
        End(*static_cast<Call*>(tag));
      }
      for (const absl::Time now = absl::Now(); !alarms_.empty() && alarms_.begin()->first <= now;) {
        const std::function<void()> action = std::move(alarms_.begin()->second);
        alarms_.erase(alarms_.begin());
        action();
      }
    }
  }
  void After(absl::Duration time, std::function<void()> action) {
    alarms_.emplace(absl::Now() + time, std::move(action));
  }

  void Begin(Line& line) {
    line.operation = nullptr;
    if (enough_()) return;
    if (resolving_) {
      if (open_.empty()) return;
      line.operation = open_.front();
      open_.pop_front();
      line.operation->inquiry = FirstInquiry(*line.operation);
      return Start(line, mix_.Below(kGateways));
    }
    Operation next = mix_.Next();
    tally_.Begun(next);
    const bool kept = next.kind != Kind::kRead && next.manner != Manner::kRecall;
    line.operation = kept ? &operations_.emplace_back(std::move(next)) : &(line.own = std::move(next));
    const size_t gateway = mix_.Below(kGateways);
    Start(line, gateway);
    if (line.operation->manner == Manner::kTwins) Start(line, (gateway + 1) % kGateways);
  }

  void Start(Line& line, size_t gateway) {
    Operation& operation = *line.operation;
    const Manner manner = resolving_ ? Manner::kOnce : operation.manner;
    Call& call = NewCall();
    call.line = &line;
    call.gateway = gateway;
    call.began = absl::Now();
    call.context = std::make_unique<grpc::ClientContext>();
    const auto [name, value] = world_.token(operation.caller).metadata();
    call.context->AddMetadata(name, value);
    call.context->AddMetadata("blooio-account", kAccounts[operation.account]);
    call.context->set_deadline(
        absl::ToChronoTime(call.began + (resolving_ ? kResolvingDeadline : DeadlineOf(manner, mix_))));
    call.inquiry = resolving_ ? operation.inquiry : Inquiry::kNone;
    const EncodedRequest request =
        call.inquiry == Inquiry::kNone ? requests_.Encode(operation) : requests_.EncodeInquiry(operation);
    const grpc::Slice bytes(request.bytes);
    call.reader =
        channels_.Next(gateway, manner == Manner::kPolicy)
            .PrepareUnaryCall(call.context.get(), request.method, grpc::ByteBuffer(&bytes, 1), &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.reply, &call.status, &call);
    ++operation.under_way;
    ++under_way_;
    if (manner == Manner::kCancel) {
      const absl::Duration most = absl::Milliseconds(mix_.Below(10) == 0 ? 500 : 20);
      After(mix_.Between(absl::ZeroDuration(), most), [&call, serial = call.serial] {
        if (call.serial == serial) call.context->TryCancel();
      });
    }
  }

  Call& NewCall() {
    if (free_.empty()) return calls_.emplace_back();
    Call& call = *free_.back();
    free_.pop_back();
    return call;
  }

  void End(Call& call) {
    Line& line = *call.line;
    Operation& operation = *line.operation;
    --under_way_;
    --operation.under_way;
    ++operation.calls;
    if (!call.status.ok()) {
      NoteRefusal(operation, call);
    } else if (call.inquiry != Inquiry::kNone) {
      NoteFinding(operation, call);
    } else {
      NoteReply(operation, call);
    }
    ++call.serial;
    call.reader.reset();
    call.context.reset();
    call.reply.Clear();
    free_.push_back(&call);
    if (operation.under_way == 0) Continue(line);
  }

  static Word WordOf(const Call& call, Meaning meaning) {
    Word word;
    word.meaning = meaning;
    word.gateway = call.gateway;
    word.began = call.began;
    word.took = absl::Now() - call.began;
    return word;
  }

  void NoteReply(Operation& operation, const Call& call) {
    tally_.Call("OK");
    if (operation.kind == Kind::kRead) return;
    Word word = WordOf(call, Meaning::kDone);
    const std::string reply = BytesOf(call.reply);
    const std::string id = IdIn(operation.kind, reply);
    word.more = "id " + id;
    operation.words.push_back(std::move(word));
    // It is told what happened under the key; nothing has happened for it.
    if (operation.manner == Manner::kOtherPayload) return;
    if (id.empty()) tally_.Violation("OK without an id", tally_.History(operation));
    if (!operation.done()) operation.id = id;
    // ReconcileSend tells the id only.
    if (operation.reply.empty()) operation.reply = reply;
    if (operation.id != id || !SameReply(operation.kind, operation.reply, reply)) {
      tally_.Violation(
          "two answers of one operation differ",
          absl::StrCat(tally_.History(operation), "  first: ", Describe(operation.kind, operation.reply),
                       "\n  now:   ", Describe(operation.kind, reply), "\n"));
    }
  }

  void NoteFinding(Operation& operation, const Call& call) {
    const Finding finding = ReadFinding(BytesOf(call.reply));
    tally_.Call("OK, ReconcileSend says " + finding.outcome);
    Word word = WordOf(call, finding.meaning);
    word.more = absl::StrCat("ReconcileSend", call.inquiry == Inquiry::kSettle ? " and settle" : "", ": ",
                             finding.outcome, " ", finding.id);
    operation.words.push_back(std::move(word));
    operation.ruled_out = finding.meaning == Meaning::kNotSent;
    if (finding.meaning == Meaning::kDone) operation.id = finding.id;
    if (finding.meaning == Meaning::kDone && finding.id.empty()) {
      tally_.Violation("SENT without an id", tally_.History(operation));
    }
    // Who still does not know lets it be settled, or repeats it.
    const bool settle = operation.inquiry == Inquiry::kLook && mix_.Below(2) == 0;
    operation.inquiry = settle ? Inquiry::kSettle : Inquiry::kNone;
  }

  void NoteRefusal(Operation& operation, const Call& call) {
    Word word = ReadWord(integration::ReadResult(call.status, *call.context, absl::Now() - call.began));
    word.gateway = call.gateway;
    word.began = call.began;
    word.took = absl::Now() - call.began;
    // It is the question that was refused.
    if (call.inquiry != Inquiry::kNone) word.meaning = Meaning::kUnknown;
    // An earlier attempt, of which only gRPC knows, may have come further.
    if (operation.manner == Manner::kPolicy && word.meaning == Meaning::kNotSent)
      word.meaning = Meaning::kUnknown;
    tally_.Call(NameOf(word));
    // Mostly that it cannot ask its ledger.
    if (word.reason == "GATEWAY_OVERLOADED") tally_.Saw(word.gateway, NameOf(word), absl::Now());
    const std::string broken = BrokenPromise(operation, word);
    operation.words.push_back(std::move(word));
    if (!broken.empty()) tally_.Violation(broken, tally_.History(operation));
  }

  // When none of the operation's calls is under way.
  void Continue(Line& line) {
    Operation& operation = *line.operation;
    const Word* last = operation.words.empty() ? nullptr : &operation.words.back();
    const absl::Duration pause =
        last == nullptr ? absl::ZeroDuration()
                        : PauseAfter(*last, resolving_ ? kMostPatienceResolving : kMostPatience, mix_);
    if (resolving_ ? GoesOnResolving(operation) : !enough_() && AsksAgain(operation, mix_)) {
      return After(pause, [this, &line] { Start(line, mix_.Below(kGateways)); });
    }
    const bool recallable = operation.done() && !operation.key.empty() && operation.manner != Manner::kRecall;
    if (recallable && mix_.Below(kRememberOneIn) == 0) mix_.Remember(operation);
    // Who is refused at once does not ask for the next thing at once.
    const bool refused = last != nullptr && last->code == google::rpc::UNAVAILABLE;
    if (!refused || resolving_) return Begin(line);
    After(mix_.Between(absl::Milliseconds(10), absl::Milliseconds(60)), [this, &line] { Begin(line); });
  }

  // What is asked first of what is open: ReconcileSend, or the same again.
  Inquiry FirstInquiry(const Operation& operation) {
    if (!operation.send() || mix_.Below(2) == 0) return Inquiry::kNone;
    return mix_.Below(3) == 0 ? Inquiry::kSettle : Inquiry::kLook;
  }

  bool GoesOnResolving(const Operation& operation) const {
    return operation.send() && !operation.done() && !operation.ruled_out && !enough_();
  }

  const World& world_;
  const Requests& requests_;
  Mix& mix_;
  Tally& tally_;
  grpc::CompletionQueue queue_;
  Channels channels_;

  bool resolving_ = false;
  std::function<bool()> enough_;
  std::deque<Line> lines_;
  std::deque<Operation> operations_;
  std::deque<Operation*> open_;
  std::multimap<absl::Time, std::function<void()>> alarms_;
  int under_way_ = 0;
  std::deque<Call> calls_;
  std::vector<Call*> free_;
};

Callers::Callers(const World& world, const Requests& requests, Mix& mix, Tally& tally)
    : impl_(std::make_unique<Impl>(world, requests, mix, tally)) {}
Callers::~Callers() = default;

std::deque<Operation> Callers::Run(size_t at_once, absl::Time until, int64_t calls) {
  return impl_->Run(at_once, until, calls);
}

void Callers::Resolve(const std::vector<Operation*>& open, absl::Duration patience) {
  impl_->Resolve(open, patience);
}

}  // namespace blooio::soak
