// A door in front of an upstream, on a port of its own: connections go through to it, or
// meet what can happen to connections on their way.
//
//   Gate gate(sandbox.address());
//   …                                  // a call is under way
//   gate.Use(Gate::Way::kRefuse);      // the upstream is killed: the call is lost,
//   gate.Use(Gate::Way::kPass);        // and here it is again
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace blooio::integration {

class Gate {
 public:
  enum class Way {
    kPass,
    // Nobody listens.
    kRefuse,
    // The queue of connections is full: nobody answers at all.
    kSilent,
    // Says nothing, and hangs up by FIN or RST once so much was read.
    kHangUp,
    kReset,
  };

  // `backend`: "127.0.0.1:port". `read`: bytes, for the last two; what is sent beyond
  // them finds no room for long.
  explicit Gate(const std::string& backend, Way way = Way::kPass, size_t read = 1);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  const std::string& address() const { return address_; }
  // Ends all connections by RST.
  void Cut();
  // The same; what comes from here on goes this way.
  void Use(Way way);
  // Those that were taken in so far.
  int connections() const;

 private:
  struct Passage {
    int peer = -1;
    int backend = -1;
    std::thread thread;
  };

  void Open();
  void Close();
  void Accept();
  void Carry(Passage& passage);

  const std::string backend_;
  const size_t read_;
  std::string address_;
  Way way_;
  int listener_ = -1;
  // Fill the queue.
  std::list<int> fillers_;
  std::thread acceptor_;
  mutable std::mutex mutex_;  // Guards what follows, and closing sockets.
  std::list<Passage> passages_;
  int connections_ = 0;
};

}  // namespace blooio::integration
