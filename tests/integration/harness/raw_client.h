// Bare TCP towards a server of the test: for bytes that no HTTP client sends.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace blooio::integration {

// A connection to "127.0.0.1:port", open until it is destroyed.
class RawClient {
 public:
  // Throws when there is none.
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(const std::string& bytes) const;
  // What has come, once something has; "" when the other side has closed.
  std::string ReadSome() const;
  // All that comes until the other side closes, or does nothing for `patience`;
  // `closed` then says which.
  std::string ReadToEnd(absl::Duration patience, bool* closed = nullptr) const;

 private:
  int socket_ = -1;
};

}  // namespace blooio::integration
