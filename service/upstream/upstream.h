// Talks REST to Blooio: a few loops, each with one libcurl multi handle, its own
// connections, and a thread that carries it; others may do so too (shift.h). No thread
// ever waits for an answer.
//
//   auto upstream = Upstream::Create(options);
//   auto attempt = (*upstream)->Start(endpoint, key, request, deadline, [](AttemptResult result) { ... });
//   attempt->Cancel();   // optional, any thread, any time
//
// An HTTP 404 is a successful attempt here: what a status means is decided in
// errors/. Redirects are never followed, and libcurl can never repeat a
// changing call by itself (design: a doubled message is unforgivable).
//
// An answer whose body breaks off, by the connection, the cap or the attempt's
// time, is still kAnswered, with body_incomplete: its status says what happened.
// The call's own deadline comes first: once it passes, the attempt is kDeadline,
// even between two bytes of a body.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/secret_string.h"
#include "service/upstream/rest_types.h"
#include "service/upstream/shift.h"

namespace blooio::gateway {

struct UpstreamOptions {
  int threads = 1;
  // Connections of each thread, used or idle, at most; calls beyond them wait.
  // 0: so many that connections can never use up the process's descriptors, which
  // would cost gRPC its listener for good.
  int max_connections = 0;
  absl::Duration connect_timeout = absl::Seconds(3);
  absl::Duration attempt_timeout = absl::Seconds(15);
  // Body cap, bytes; enforced while reading.
  size_t max_response_bytes = 4194304;
  // PEM file of trusted authorities; empty: the system's.
  std::string ca_file = {};
  // Empty: no proxy. Environment variables are ignored either way.
  std::string proxy_url = {};
  // A header line of each request: "User-Agent: blooio-gateway/<version>".
  std::string user_agent_line = "User-Agent: blooio-gateway";
};

// Where a call goes. Shared by all calls of an account and API version.
struct Endpoint {
  // No trailing slash.
  std::string base_url;
};

// A running attempt.
class Attempt {
 public:
  virtual ~Attempt() = default;
  // Aborts the transfer at once; its completion still arrives, once, as
  // kCancelled unless it was under way already. Any thread, any number of times.
  virtual void Cancel() = 0;
};

// The seam between the pipeline and the network: tests put a fake here.
class AttemptStarter {
 public:
  using Done = absl::AnyInvocable<void(AttemptResult) &&>;
  virtual ~AttemptStarter() = default;
  // Starts one attempt that ends by `deadline`. The loop attaches `key` as the last
  // step and lets go of it when the attempt ends; null or empty: no authorization.
  // `done` runs exactly once, on a thread that carries a loop, never inside Start. `request` has to
  // live until then.
  virtual std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint,
                                         std::shared_ptr<const SecretString> key, const RestRequest& request,
                                         absl::Time deadline, Done done) = 0;
};

class Upstream : public AttemptStarter {
 public:
  // Starts the loops. Fails when libcurl cannot, or `ca_file` cannot be read.
  // The limit of descriptors counts as it is now. The first one takes SSLKEYLOGFILE
  // out of the environment: to be called before threads that read it.
  static absl::StatusOr<std::unique_ptr<Upstream>> Create(const UpstreamOptions& options);
  // Ends what still runs as kCancelled, then joins the loops. Not to be run by a
  // `done`. A Start from there meanwhile ends as kCancelled too, before it returns.
  ~Upstream() override;

  std::shared_ptr<Attempt> Start(std::shared_ptr<const Endpoint> endpoint,
                                 std::shared_ptr<const SecretString> key, const RestRequest& request,
                                 absl::Time deadline, Done done) override;

  // Lets this thread carry calls beside its other work; threads are spread over the loops by
  // `number`. With a shift at each loop, calls stay with the thread that starts them.
  std::unique_ptr<Shift> Join(size_t number);

  // Connections of all loops. Any thread.
  struct Connections {
    uint64_t opened = 0;
    uint64_t open = 0;
  };
  Connections CountConnections() const;

 private:
  class Loop;
  class LoopShift;
  Loop& ChooseLoop();
  explicit Upstream(const UpstreamOptions& options);

  const UpstreamOptions options_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<size_t> shifts_ = 0;
  // Calls take the loops in turn.
  std::atomic<size_t> next_ = 0;
};

}  // namespace blooio::gateway
