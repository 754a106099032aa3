#include "service/upstream/attempt.h"

#include <sys/eventfd.h>

#include <utility>

namespace blooio::gateway {
namespace {

thread_local const Mailbox* read_by_this_thread = nullptr;

}  // namespace

RunningAttempt::RunningAttempt(std::shared_ptr<Mailbox> mailbox, std::shared_ptr<const Endpoint> endpoint,
                               std::shared_ptr<const SecretString> key, const RestRequest& request,
                               absl::Time deadline, AttemptStarter::Done done)
    : mailbox_(std::move(mailbox)),
      endpoint_(std::move(endpoint)),
      key_(std::move(key)),
      request_(&request),
      deadline_(deadline),
      done_(std::move(done)) {}

void RunningAttempt::Cancel() {
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  if (finished_.load(std::memory_order_acquire)) return;
  mailbox_->Post({Mailbox::Verb::kCancel, shared_from_this()});
}

void RunningAttempt::Finish(AttemptResult result) {
  finished_.store(true, std::memory_order_release);
  const auto now = std::chrono::steady_clock::now();
  result.took = absl::FromChrono(now - began_);
  result.queued = absl::FromChrono(launched_.value_or(now) - began_);
  endpoint_.reset();
  key_.reset();
  // What `done` holds goes with it, not with the caller's last handle.
  AttemptStarter::Done done = std::exchange(done_, nullptr);
  std::move(done)(std::move(result));
}

void Mailbox::WillRead(const Mailbox* mailbox) { read_by_this_thread = mailbox; }

bool Mailbox::ReadByThisThread() const { return read_by_this_thread == this; }

bool Mailbox::Post(Message message) {
  bool was_empty;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    was_empty = messages_.empty();
    messages_.push_back(std::move(message));
  }
  if (was_empty && !ReadByThisThread()) Wake();
  return true;
}

bool Mailbox::TakeAll(std::vector<Message>& messages) {
  std::lock_guard lock(mutex_);
  messages.swap(messages_);
  return !closed_;
}

void Mailbox::PassOn(bool anyway) {
  {
    std::lock_guard lock(mutex_);
    if (messages_.empty() && !anyway) return;
  }
  Wake();
}

void Mailbox::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  Wake();
}

void Mailbox::Wake() { eventfd_write(wake_.get(), 1); }

}  // namespace blooio::gateway
