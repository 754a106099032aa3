// Plain values that describe one REST call and what became of it. The only
// header of upstream/ that other stages include.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace blooio::gateway {

enum class Verb { kGet, kPost, kPatch, kPut, kDelete };

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

// One call, encoded once; every attempt sends the same bytes.
struct RestRequest {
  Verb verb = Verb::kGet;
  // Below the base URL: begins with "/", percent-encoded, with its query.
  std::string path = {};
  // Visible ASCII values; without authorization, content-type and user-agent,
  // which upstream/ adds.
  std::vector<Header> headers = {};
  // JSON; sent for POST, PATCH and PUT, where `has_body` is set.
  std::string body = {};
  bool has_body = false;
  // The call changes nothing, so libcurl may repeat it.
  bool read_only = false;
};

// How one attempt ended. Everything but kAnswered has no usable answer.
enum class AttemptEnd {
  // The upstream answered: `status` is set, whatever its value.
  kAnswered,
  // Nothing was sent: name resolution, connect, TLS handshake.
  kNotSent,
  // Nothing was sent, and a repeat would not be either: what the call consists of
  // cannot be put on the wire.
  kUnsendable,
  // The upstream's certificate was not accepted; nothing was sent.
  kTlsUntrusted,
  // The connection was lost, or the attempt ran out of time, after bytes of
  // the request may have left: it may have happened.
  kLost,
  // The call's deadline passed; `phase` says where.
  kDeadline,
  // The caller went away; nobody wants the answer.
  kCancelled,
};

// How far an attempt got.
enum class Phase { kQueue, kConnect, kSent };

struct AttemptResult {
  AttemptEnd end = AttemptEnd::kNotSent;
  Phase phase = Phase::kQueue;
  // HTTP status of the final answer; 0 without one.
  int status = 0;
  std::string body;
  // The body was larger than the cap, or broke off: `body` holds its beginning
  // and must not be trusted as a whole. `end` is still kAnswered.
  bool body_incomplete = false;
  // The Retry-After header as it came (delta-seconds or HTTP date), if any.
  std::optional<std::string> retry_after;
  // What happened, for people: libcurl's words, never content of the call.
  std::string last_event;
  // From start to end, and the part of it before it was handed to libcurl.
  absl::Duration took = {};
  absl::Duration queued = {};
};

}  // namespace blooio::gateway
