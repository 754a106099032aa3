#include "service/upstream/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>

#include "absl/status/status.h"
#include "service/base/signals_blocked.h"
#include "service/base/text.h"
#include "service/base/thread_name.h"

namespace blooio::gateway {
namespace {

// Per HTTP/2 connection; further calls open another one. With many more libcurl
// 7.88 now and then breaks the framing.
constexpr long kStreamsPerConnection = 100;
constexpr long kIdleConnections = 512;
constexpr size_t kIdleTransfers = 256;
constexpr std::chrono::seconds kWhileAttended(1);
// Of one turn, before the sockets are read again; few turns need three.
constexpr int kRoundsAtOnce = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<Upstream::Loop>> Upstream::Loop::Create(const UpstreamOptions& options,
                                                                       size_t number) {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor sleep(epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll.valid() || !sleep.valid() || !wake.valid()) {
    return absl::ErrnoToStatus(errno, "no descriptor for a loop");
  }
  std::unique_ptr<Loop> loop(new Loop(options, std::move(epoll), std::move(sleep), std::move(wake)));
  if (!loop->Prepare()) return absl::InternalError("libcurl refuses the options of a loop");
  SignalsBlocked blocked;
  loop->thread_ = std::thread([raw = loop.get(), number] {
    NameThread(Cat("upstream-", number));
    raw->Run();
  });
  return loop;
}

Upstream::Loop::Loop(const UpstreamOptions& options, FileDescriptor epoll, FileDescriptor sleep,
                     FileDescriptor wake)
    : options_(options),
      epoll_(std::move(epoll)),
      sleep_(std::move(sleep)),
      mailbox_(std::make_shared<Mailbox>(std::move(wake))),
      multi_(curl_multi_init()) {}

Upstream::Loop::~Loop() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

bool Upstream::Loop::Prepare() {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = mailbox_->wake_fd()}};
  epoll_event any{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = epoll_.get()}};
  auto set = [this](CURLMoption option, auto value) {
    return curl_multi_setopt(multi_.get(), option, value) == CURLM_OK;
  };
  // One transfer up front: what it cannot set, no call could.
  std::unique_ptr<Transfer> transfer = Transfer::Create(options_, sockets_);
  if (!multi_ || !transfer) return false;
  idle_.push_back(std::move(transfer));
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_->wake_fd(), &event) == 0 &&
         epoll_ctl(sleep_.get(), EPOLL_CTL_ADD, epoll_.get(), &any) == 0 &&
         set(CURLMOPT_SOCKETFUNCTION, &OnSocket) && set(CURLMOPT_SOCKETDATA, this) &&
         set(CURLMOPT_TIMERFUNCTION, &OnTimer) && set(CURLMOPT_TIMERDATA, this) &&
         set(CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsPerConnection) &&
         set(CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options_.max_connections)) &&
         set(CURLMOPT_MAXCONNECTS, kIdleConnections);
}

void Upstream::Loop::Run() {
  Mailbox::WillRead(mailbox_.get());
  while (open_) {
    {
      std::lock_guard lock(turn_);
      const bool alone = attending_ == 0;
      if (alone && TakeTurn(true)) continue;
      const SteadyTime now = std::chrono::steady_clock::now();
      // What is due while others are about is theirs to find.
      const SteadyTime due = alone ? NextDue() : std::max(NextDue(), now + kWhileAttended);
      // Waking up once too often, in seconds, spares Leave to wake it up for each call.
      if (sleeps_until_ <= now || sleeps_until_ > due) sleeps_until_ = due;
    }
    if (!open_) break;
    if (attending_ == 0) Watch();
    Sleep(sleeps_until_);
  }
  std::lock_guard lock(turn_);
  while (!running_.empty()) End(*running_.begin()->second, CURLE_OK, true);
  // Connections say goodbye, so this thread, deaf to SIGPIPE, takes them down.
  idle_.clear();
  multi_.reset();
}

bool Upstream::Loop::Turn(bool reads) {
  std::lock_guard lock(turn_);
  return TakeTurn(reads);
}

bool Upstream::Loop::TakeTurn(bool reads) {
  if (!open_) return false;
  bool any = reads && ReadSockets();
  bool more = true;
  for (int i = 0; more && i < kRoundsAtOnce; ++i, any |= more) {
    now_ = std::chrono::steady_clock::now();
    more = ReadMailbox();
    if (timer_ && *timer_ <= now_) {
      timer_.reset();
      Act(CURL_SOCKET_TIMEOUT, 0);
      more = true;
    }
    more |= EndFinished();
    more |= EndDue();
    more |= LaunchWaiting();
  }
  return any;
}

bool Upstream::Loop::ReadMailbox() {
  open_ = mailbox_->TakeAll(messages_);
  const bool any = !messages_.empty();
  for (Mailbox::Message& message : messages_) {
    if (message.verb == Mailbox::Verb::kStart) {
      Begin(message.attempt);
    } else if (message.attempt->transfer != nullptr) {
      End(*message.attempt->transfer, CURLE_OK, true);
    }
  }
  messages_.clear();
  return any;
}

void Upstream::Loop::Begin(const std::shared_ptr<RunningAttempt>& attempt) {
  const absl::Duration remaining = attempt->deadline() - absl::Now();
  if (attempt->cancelled() || !open_) return EndUnsent(*attempt, AttemptEnd::kCancelled, "queue: cancelled");
  if (remaining <= absl::ZeroDuration()) {
    return EndUnsent(*attempt, AttemptEnd::kDeadline, "queue: deadline passed");
  }
  std::unique_ptr<Transfer> owner;
  if (idle_.empty()) {
    owner = Transfer::Create(options_, sockets_);
    if (!owner) return EndUnsent(*attempt, AttemptEnd::kNotSent, "queue: out of memory");
  } else {
    owner = std::move(idle_.back());
    idle_.pop_back();
  }
  Transfer& transfer = *owner;
  if (const char* why = transfer.Prepare(attempt, now_, remaining)) {
    return EndUnsent(*attempt, AttemptEnd::kUnsendable, why);
  }
  attempt->transfer = &transfer;
  Origin& origin = origins_[attempt->endpoint().base_url];
  transfer.notes.origin = &origin;
  Schedule(std::move(owner));
  if (origin.waiting.empty() && origin.HasRoom()) return Launch(transfer);
  transfer.notes.stage = Origin::Stage::kWaiting;
  transfer.notes.place = origin.waiting.insert(origin.waiting.end(), &transfer);
  ++waiting_;
}

void Upstream::Loop::Launch(Transfer& transfer) {
  transfer.notes.stage = Origin::Stage::kConnecting;
  transfer.notes.origin->Connecting();
  transfer.attempt()->Launched();
  alone_ = running_.size() - waiting_ == 1 ? &transfer : nullptr;
  if (curl_multi_add_handle(multi_.get(), transfer.easy()) != CURLM_OK) {
    End(transfer, CURLE_FAILED_INIT, false);
  }
}

void Upstream::Loop::Relaunch(Transfer& transfer) {
  curl_multi_remove_handle(multi_.get(), transfer.easy());
  if (!transfer.UseFreshConnection() || curl_multi_add_handle(multi_.get(), transfer.easy()) != CURLM_OK) {
    End(transfer, CURLE_FAILED_INIT, false);
  }
}

bool Upstream::Loop::LaunchWaiting() {
  if (waiting_ == 0) return false;
  bool launched = false;
  for (auto& [url, origin] : origins_) {
    while (!origin.waiting.empty() && origin.HasRoom()) {
      Transfer& transfer = *origin.waiting.front();
      StopWaiting(transfer);
      Launch(transfer);
      launched = true;
    }
  }
  return launched;
}

void Upstream::Loop::StopWaiting(Transfer& transfer) {
  transfer.notes.origin->waiting.erase(transfer.notes.place);
  --waiting_;
}

void Upstream::Loop::EndUnsent(RunningAttempt& attempt, AttemptEnd end, const char* why) {
  AttemptResult result;
  result.end = end;
  result.last_event = why;
  attempt.Finish(std::move(result));
}

void Upstream::Loop::Schedule(std::unique_ptr<Transfer> owner) {
  Transfer& transfer = *owner;
  transfer.notes.scheduled = transfer.due();
  running_.emplace(Key(transfer.notes.scheduled, &transfer), std::move(owner));
}

std::unique_ptr<Transfer> Upstream::Loop::Unschedule(Transfer& transfer) {
  auto it = running_.find(Key(transfer.notes.scheduled, &transfer));
  std::unique_ptr<Transfer> owner = std::move(it->second);
  running_.erase(it);
  return owner;
}

void Upstream::Loop::End(Transfer& transfer, CURLcode code, bool cancelled) {
  std::unique_ptr<Transfer> owner = Unschedule(transfer);
  if (transfer.notes.stage == Origin::Stage::kWaiting) {
    StopWaiting(transfer);
  } else {
    curl_multi_remove_handle(multi_.get(), transfer.easy());
  }
  if (transfer.notes.stage == Origin::Stage::kConnecting) transfer.notes.origin->Failed();
  transfer.notes.alone = alone_ == &transfer;
  const std::shared_ptr<RunningAttempt> attempt = transfer.attempt();
  attempt->transfer = nullptr;
  AttemptResult result = transfer.Conclude(code, cancelled, now_);
  const bool clean = code == CURLE_OK && !cancelled && transfer.clean();
  if (clean && idle_.size() < kIdleTransfers) {
    idle_.push_back(std::move(owner));
  } else {
    owner.reset();
  }
  attempt->Finish(std::move(result));
}

bool Upstream::Loop::EndFinished() {
  bool any = false;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    any = true;
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    // libcurl read a later clock than this turn's when it found its time over.
    if (code == CURLE_OPERATION_TIMEDOUT) now_ = std::chrono::steady_clock::now();
    if (transfer->wants_fresh_connection()) {
      Relaunch(*transfer);
    } else {
      End(*transfer, code, false);
    }
  }
  return any;
}

bool Upstream::Loop::EndDue() {
  bool any = false;
  while (!running_.empty() && running_.begin()->first.first <= now_) {
    any = true;
    Transfer& transfer = *running_.begin()->second;
    if (transfer.due() > now_) {
      Schedule(Unschedule(transfer));  // connected meanwhile
    } else {
      End(transfer, CURLE_OPERATION_TIMEDOUT, false);
    }
  }
  return any;
}

}  // namespace blooio::gateway
