// A thread's share in carrying the upstream's calls, beside work of its own: the calls it starts
// leave, and their answers are read, without another thread being woken up, which would cost
// more than all there is to do for them.
//
//   std::unique_ptr<Shift> shift = upstream.Join(0);
//   while (DoOwnWork()) {
//     if (shift->Turn()) continue;
//     shift->Pause();
//     WaitForOwnWork();
//   }
//
// Made, used and destroyed by one thread, which has one at a time and is deaf to SIGPIPE. The
// upstream outlives it.
#pragma once

namespace blooio::gateway {

class Shift {
 public:
  virtual ~Shift() = default;
  // Lets the calls leave that were started, and does not look for answers: many of them at a
  // time cost less each.
  virtual void Send() = 0;
  // Does all that can be done without waiting, and runs the `done` of calls that have ended; false:
  // there was nothing. Until Pause nobody else does it: to be called again soon.
  virtual bool Turn() = 0;
  // From now to the next Turn the loop's own thread does what is to be done.
  virtual void Pause() = 0;
};

}  // namespace blooio::gateway
