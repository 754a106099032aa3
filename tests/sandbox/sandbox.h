// The whole sandbox without its sockets: the API, the journal, the faults and
// the control API that looks into them.
//
// Threads: one at a time; the server runs everything on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "tests/sandbox/api.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/journal.h"

namespace blooio::sandbox {

// What is to be done on the connection for one request.
struct Answer {
  HttpResponse response;
  Delivery delivery;
  // For Answered; 0 for what is not journaled.
  uint64_t journal_number = 0;
};

class Sandbox {
 public:
  // `steady`: for the rate limit.
  Sandbox(std::string api_key, Store::Clock clock, RequestLimit::Clock steady);

  // Serves a request: the control API below /__sandbox/, else the journal, the
  // faults, the API.
  Answer Handle(const HttpRequest& request);

  // Journals a request that the server refused by itself, such as one that is
  // too large.
  void Refused(const HttpRequest& request, int status);

  // The status line for this entry is about to be written.
  void Answered(uint64_t journal_number, int status);

  // Back to the fixtures: state, keys, rate limit, journal, faults, options.
  void Reset();

  // The number of a new connection, from 1.
  uint64_t ConnectionOpened();
  void ConnectionClosed() { --open_connections_; }

  // The parts, for the control API.
  ApiState& api() { return api_; }
  Journal& journal() { return journal_; }
  Faults& faults() { return faults_; }
  uint64_t connections() const { return connections_; }
  uint64_t open_connections() const { return open_connections_; }
  bool journaling = true;
  // Set by whoever serves it: cuts all connections, and takes none for so long.
  std::function<void(std::chrono::milliseconds)> be_away;

 private:
  ApiState api_;
  Journal journal_;
  Faults faults_;
  uint64_t connections_ = 0;
  uint64_t open_connections_ = 0;
};

}  // namespace blooio::sandbox
