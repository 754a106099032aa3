// The HTTP listener: /metrics for Prometheus, /livez and /readyz for probes.
//
//   auto http = HttpEndpoint::Start("127.0.0.1:9090", metrics, loop);
//   (*http)->SetReady(true);    // /readyz answers 200 from here on, 503 before
//
// GET and HEAD, one request a connection. A loop serves all connections
// without waiting for any of them; a connection has 5 s, a request 8 KiB, and of
// more than 64 connections the oldest is closed: however many are held open,
// a probe is answered. What it tells is no secret.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "service/base/event_loop.h"
#include "service/telemetry/metrics.h"

namespace blooio::gateway {

class HttpEndpoint {
 public:
  // Binds "host:port" or "[v6]:port" and serves. Fails with one sentence that
  // names the address. `metrics`, and all it reads, outlives the endpoint, and so does
  // `loop`, which the text of /metrics takes milliseconds of.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start(const std::string& listen,
                                                             const Metrics& metrics, EventLoop& loop);
  // Closes all connections. Not to be called on the loop.
  virtual ~HttpEndpoint() = default;

  // Where it listens, with the port that was taken for port 0.
  virtual const std::string& address() const = 0;
  virtual void SetReady(bool ready) = 0;
};

}  // namespace blooio::gateway
