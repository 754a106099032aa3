// One attempt on its way, and the mailbox through which other threads reach the
// loop that carries it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "service/base/file_descriptor.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {

class Mailbox;
class Transfer;

// Shared by the caller, who may cancel it, and the loop. Outliving the loop is
// fine: it then only holds a dead mailbox.
class RunningAttempt final : public Attempt, public std::enable_shared_from_this<RunningAttempt> {
 public:
  RunningAttempt(std::shared_ptr<Mailbox> mailbox, std::shared_ptr<const Endpoint> endpoint,
                 std::shared_ptr<const SecretString> key, const RestRequest& request, absl::Time deadline,
                 AttemptStarter::Done done);

  void Cancel() override;
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  // The rest is for whoever carries the loop.
  const Endpoint& endpoint() const { return *endpoint_; }
  // Null: none.
  const SecretString* key() const { return key_.get(); }
  const RestRequest& request() const { return *request_; }
  absl::Time deadline() const { return deadline_; }
  // It leaves the queue.
  void Launched() { launched_ = std::chrono::steady_clock::now(); }
  // Lets go of the endpoint and the key, then reports. At most once.
  void Finish(AttemptResult result);

  // What carries the call, null before and after. Owned by the loop.
  Transfer* transfer = nullptr;

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<const Endpoint> endpoint_;
  std::shared_ptr<const SecretString> key_;
  const RestRequest* const request_;
  const absl::Time deadline_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> launched_;
  AttemptStarter::Done done_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> finished_ = false;
};

// Many writers, one reader. Thread-safe.
class Mailbox {
 public:
  enum class Verb { kStart, kCancel };
  struct Message {
    Verb verb;
    std::shared_ptr<RunningAttempt> attempt;
  };

  // `wake`: an eventfd, written only when the mailbox was empty. The reader
  // watches it edge-triggered and never has to read it.
  explicit Mailbox(FileDescriptor wake) : wake_(std::move(wake)) {}

  // This thread looks into the mailbox before it sleeps: what it posts wakes nobody.
  // Null: no longer. One mailbox a thread.
  static void WillRead(const Mailbox* mailbox);
  bool ReadByThisThread() const;

  // False, and nothing done, after Close.
  bool Post(Message message);
  // Moves all messages to `messages`, which must be empty. False after Close.
  bool TakeAll(std::vector<Message>& messages);
  // For a thread that will not read after all: wakes the reader if there is something to
  // read, or if it has to be woken up for another reason.
  void PassOn(bool anyway);
  // Refuses further messages and wakes the reader.
  void Close();
  int wake_fd() const { return wake_.get(); }

 private:
  void Wake();

  const FileDescriptor wake_;
  std::mutex mutex_;
  std::vector<Message> messages_;
  bool closed_ = false;
};

}  // namespace blooio::gateway
