// A TCP server that says nothing: for tests that need to see when the gateway
// connects, what it wrote, and when it hangs up.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace blooio::integration {

class RawServer {
 public:
  // Listens on a free port of 127.0.0.1.
  RawServer();
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  const std::string& address() const { return address_; }

  // The first connection, once `text` was read on it. False: not within `patience`.
  bool AwaitText(const std::string& text, absl::Duration patience);
  // That connection is closed by the other side.
  bool AwaitEnd(absl::Duration patience);
  // Everything that was read on it.
  const std::string& text() const { return text_; }
  void Answer(const std::string& bytes) const;

 private:
  // Waits for and reads some bytes; -1: nothing came, 0: the end.
  long ReadSome(absl::Time until);

  std::string address_;
  std::string text_;
  int listener_ = -1;
  int connection_ = -1;
};

// A port of 127.0.0.1 that nobody listens on, and that nobody else gets while
// this object lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  const std::string& address() const { return address_; }

 private:
  std::string address_;
  int socket_ = -1;
};

}  // namespace blooio::integration
