// One easy handle and what it needs to carry one call after another: constant
// options are set once, buffers and the handle's own caches stay warm.
//
// Lives on its loop, whoever carries that. The loop adds easy() to its multi handle after a
// successful Prepare and removes it before Conclude.
#pragma once

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"
#include "service/upstream/attempt.h"
#include "service/upstream/classify.h"
#include "service/upstream/curl_handles.h"
#include "service/upstream/header_list.h"
#include "service/upstream/origin.h"
#include "service/upstream/sockets.h"

namespace blooio::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

class Transfer {
 public:
  // Null when libcurl is out of memory or refuses an option. `options` and
  // `sockets`, those of the loop, must outlive the transfer.
  static std::unique_ptr<Transfer> Create(const UpstreamOptions& options, Sockets& sockets);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Takes a call on. Null if it can be sent, else why it never can, a fixed text.
  // `now` and `remaining`, until the call's deadline, are of the same moment.
  const char* Prepare(std::shared_ptr<RunningAttempt> attempt, SteadyTime now, absl::Duration remaining);

  // When to look at this transfer again: when it has to be connected by, then,
  // once it is, when it has to be finished by.
  SteadyTime due() const { return begun_ ? limit_ : std::min(connect_limit_, limit_); }
  CURL* easy() const { return easy_.get(); }
  const std::shared_ptr<RunningAttempt>& attempt() const { return attempt_; }

  // The transfer ended because the connection that libcurl chose was spoiled:
  // nothing was sent on it. At most once per call.
  bool wants_fresh_connection() const { return wants_fresh_connection_; }
  // Readies the same attempt to go out on a new connection, within the limits it
  // has. False if libcurl refuses. The handle must be out of its multi handle.
  bool UseFreshConnection();
  // A handle that saw an error, one that libcurl made good included, may carry what is left
  // of it into its next call.
  bool clean() const { return tries_ <= 1; }

  // What became of the call. Wipes everything of it from here, attempt() included.
  AttemptResult Conclude(CURLcode code, bool cancelled, SteadyTime now);

  // What the loop notes about a transfer it runs.
  struct Notes {
    SteadyTime scheduled;  // the time it is kept under
    Origin* origin = nullptr;
    Origin::Stage stage = Origin::Stage::kWaiting;
    std::list<Transfer*>::iterator place;  // among origin->waiting while kWaiting
    bool alone = false;                    // libcurl had no other transfer all the time
  };
  Notes notes;

 private:
  Transfer(const UpstreamOptions& options, Sockets& sockets)
      : options_(options),
        sockets_(sockets),
        proxy_header_{.data = const_cast<char*>(options.user_agent_line.c_str()), .next = nullptr},
        easy_(curl_easy_init()) {}

  bool SetConstantOptions();
  bool SetCallOptions(absl::Duration allowed);
  const char* SetHeaders();
  static bool TakesBody(Verb verb) {
    return verb == Verb::kPost || verb == Verb::kPatch || verb == Verb::kPut;
  }
  static bool HasBody(const RestRequest& request) { return request.has_body && TakesBody(request.verb); }

  static int OnReady(void* self, char* peer, char* local, int peer_port, int local_port);
  static size_t OnHeader(char* line, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  void KeepHeader(absl::string_view line);
  bool WasRefused(CURLcode code) const;
  bool MayHaveHappened() const;

  const UpstreamOptions& options_;
  Sockets& sockets_;
  curl_slist proxy_header_;  // libcurl only reads it.
  CurlEasy easy_;
  HeaderList headers_;
  std::string url_;

  std::shared_ptr<RunningAttempt> attempt_;
  std::string_view body_;  // of the request
  SteadyTime connect_limit_, limit_, deadline_;
  bool begun_ = false;
  int tries_ = 0;
  bool opened_connection_ = false, repeats_on_http2_ = false;
  bool saw_spoiled_ = false, wants_fresh_connection_ = false;

  size_t header_bytes_ = 0;
  int status_ = 0;  // of the final answer, once its headers are complete
  std::optional<std::string> retry_after_;
  std::string answer_;
};

}  // namespace blooio::gateway
