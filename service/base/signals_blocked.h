// For the start of a thread: signals are the main thread's business.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace blooio::gateway {

// Blocks all signals in this thread while it lives. A thread started meanwhile
// inherits that for ever, and so do those that it starts.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace blooio::gateway
