#include "service/upstream/transfer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/key_mask.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMaxHeaderBytes = 65536;
// Of a request, URL included. Past 64 KiB libcurl's HTTP/2 waits for an answer that
// cannot come, and other calls on the connection fail with it; past 1 MiB its
// HTTP/1.1 is "out of memory".
constexpr size_t kMaxHeadBytes = 60000;
constexpr size_t kMaxRetryAfterBytes = 128;
// Of a body before which no version of libcurl waits to be told to go on.
constexpr size_t kMaxUnexpectedBytes = 1024;
// A Content-Length is believed this far before its bytes are here.
constexpr size_t kMaxReserveBytes = 262144;

SteadyTime After(SteadyTime now, absl::Duration duration) {
  return now + absl::ToChronoNanoseconds(std::min(duration, absl::Hours(24)));
}

}  // namespace

std::unique_ptr<Transfer> Transfer::Create(const UpstreamOptions& options, Sockets& sockets) {
  std::unique_ptr<Transfer> transfer(new Transfer(options, sockets));
  if (!transfer->easy_ || !transfer->SetConstantOptions()) return nullptr;
  return transfer;
}

const char* Transfer::Prepare(std::shared_ptr<RunningAttempt> attempt, SteadyTime now,
                              absl::Duration remaining) {
  attempt_ = std::move(attempt);
  const RestRequest& request = attempt_->request();
  body_ = HasBody(request) ? std::string_view(request.body) : std::string_view();
  begun_ = false;
  tries_ = 0;
  opened_connection_ = repeats_on_http2_ = false;
  saw_spoiled_ = wants_fresh_connection_ = false;
  header_bytes_ = 0;
  status_ = 0;

  const absl::Duration allowed = std::min(options_.attempt_timeout, remaining);
  connect_limit_ = After(now, options_.connect_timeout);
  limit_ = After(now, allowed);
  deadline_ = After(now, remaining);

  // Anything else could move the key to another host: "http://host" + "@evil".
  if (!absl::StartsWith(request.path, "/")) return "queue: path does not begin with a slash";
  url_.assign(attempt_->endpoint().base_url).append(request.path);
  if (const char* why = SetHeaders()) return why;
  return SetCallOptions(allowed) ? nullptr : "queue: option refused";
}

const char* Transfer::SetHeaders() {
  const RestRequest& request = attempt_->request();
  const SecretString* key = attempt_->key();
  const std::string_view secret = key == nullptr ? std::string_view() : key->Reveal();

  size_t bytes = 256 + secret.size();
  for (const Header& header : request.headers) bytes += header.name.size() + header.value.size();
  if (url_.size() + bytes > kMaxHeadBytes) return "queue: request head too large";
  headers_.Reserve(request.headers.size() + 5, bytes);

  bool ok =
      headers_.AddLine(options_.user_agent_line.c_str()) && headers_.AddLine("Accept: application/json");
  if (HasBody(request)) {
    ok = ok && headers_.AddLine("Content-Type: application/json");
    // libcurl would wait for "100 Continue".
    if (body_.size() > kMaxUnexpectedBytes) ok = ok && headers_.AddLine("Expect:");
  } else if (TakesBody(request.verb)) {
    ok = ok && headers_.AddLine("Content-Type:");
  }
  for (const Header& header : request.headers) ok = ok && headers_.Add(header.name, header.value);
  if (!ok) return "queue: header not sendable";
  if (!secret.empty() && !headers_.Add("Authorization", "Bearer ", secret)) {
    return "queue: key not sendable";
  }
  return nullptr;
}

AttemptResult Transfer::Conclude(CURLcode code, bool cancelled, SteadyTime now) {
  long os_error = 0;
  if (code == CURLE_COULDNT_CONNECT) curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &os_error);

  Evidence evidence{.code = code, .cancelled = cancelled, .deadline_passed = now >= deadline_};
  evidence.begun = begun_ && MayHaveHappened();
  evidence.status = status_;
  evidence.refused = WasRefused(code);
  const Verdict verdict = Classify(evidence);

  AttemptResult result;
  result.end = verdict.end;
  result.phase = verdict.phase;
  result.body_incomplete = verdict.body_incomplete;
  result.last_event = Describe(evidence, verdict, os_error);
  if (verdict.end == AttemptEnd::kAnswered) {
    result.status = status_;
    result.body = std::move(answer_);
    const SecretString* key = attempt_->key();
    if (key != nullptr && (status_ < 200 || status_ >= 300)) MaskKey(key->Reveal(), result.body);
    result.retry_after = std::move(retry_after_);
  }
  answer_.clear();
  retry_after_.reset();
  body_ = {};
  headers_.Clear();
  attempt_.reset();
  return result;
}

// libcurl does not say that a stream was refused; it tries to send the request again, as
// it does when a connection dies that was used before, or by others too. But on one that
// this call has opened and no other was near, a refusal is all it does so for: then it
// must have been that; or that HTTP/1.1 is required, after which libcurl speaks just that. All of
// this is known to hold for 7.88 and for a handle that has
// never been refused before, see clean().
bool Transfer::WasRefused(CURLcode code) const {
  return code == CURLE_ABORTED_BY_CALLBACK && repeats_on_http2_ && opened_connection_ && notes.alone &&
         header_bytes_ == 0;
}

// A request of which nothing was written cannot have happened. libcurl counts its first write
// only; what that could not write leaves later, which starts another of its clocks. A request
// without a body may have happened even if libcurl counted nothing before it failed.
bool Transfer::MayHaveHappened() const {
  long bytes = 0;
  curl_off_t more_after = 0;
  curl_easy_getinfo(easy(), CURLINFO_REQUEST_SIZE, &bytes);
  curl_easy_getinfo(easy(), CURLINFO_STARTTRANSFER_TIME_T, &more_after);
  return body_.empty() || bytes > 0 || more_after > 0;
}

bool Transfer::UseFreshConnection() {
  wants_fresh_connection_ = false;
  return curl_easy_setopt(easy(), CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

// A connection is ready for the request: the first time, or to repeat it, which libcurl does
// by itself when one that was used before dies without an answer. No request is written
// without this. What changes something is repeated only if nothing of it was written yet. The
// fresh connection of a body-less call does not suffice: on HTTP/2 others join it, so that it
// counts as reused, and when it is reset libcurl repeats.
int Transfer::OnReady(void* self, char* peer, char* local, int peer_port, int local_port) {
  auto& transfer = *static_cast<Transfer*>(self);
  const bool repeats = transfer.tries_++ > 0;
  if (repeats && !transfer.attempt_->request().read_only && transfer.MayHaveHappened()) {
    transfer.repeats_on_http2_ = Sockets::SpeakHttp2(transfer.easy());
    return CURL_PREREQFUNC_ABORT;
  }
  if (!transfer.sockets_.Take(transfer.easy(), peer, peer_port, local, local_port)) {
    transfer.wants_fresh_connection_ = !std::exchange(transfer.saw_spoiled_, true);
    return CURL_PREREQFUNC_ABORT;
  }
  long connections = 0;
  curl_easy_getinfo(transfer.easy(), CURLINFO_NUM_CONNECTS, &connections);
  transfer.opened_connection_ = !repeats && connections > 0;
  transfer.begun_ = true;
  if (transfer.notes.stage == Origin::Stage::kConnecting) {
    transfer.notes.stage = Origin::Stage::kConnected;
    transfer.notes.origin->Connected();
  }
  return CURL_PREREQFUNC_OK;
}

size_t Transfer::OnHeader(char* line, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const size_t bytes = size * count;
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > kMaxHeaderBytes) return 0;
  // Once the final answer's headers are complete, only trailers follow.
  if (transfer.status_ == 0) transfer.KeepHeader({line, bytes});
  return bytes;
}

void Transfer::KeepHeader(absl::string_view line) {
  constexpr absl::string_view kRetryAfter = "retry-after:";
  line = absl::StripAsciiWhitespace(line);
  if (line.empty()) {
    long status = 0;
    curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) status_ = static_cast<int>(status);
  } else if (absl::StartsWith(line, "HTTP/")) {
    retry_after_.reset();
  } else if (!retry_after_ && absl::StartsWithIgnoreCase(line, kRetryAfter)) {
    const absl::string_view value = absl::StripLeadingAsciiWhitespace(line.substr(kRetryAfter.size()));
    if (value.size() <= kMaxRetryAfterBytes) retry_after_ = std::string(value);
  }
}

size_t Transfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string& answer = transfer.answer_;
  const size_t cap = transfer.options_.max_response_bytes;
  if (answer.empty()) {
    curl_off_t length = 0;
    curl_easy_getinfo(transfer.easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) answer.reserve(std::min({static_cast<size_t>(length), cap, kMaxReserveBytes}));
  }
  const size_t taken = std::min(size * count, cap - answer.size());
  answer.append(bytes, taken);
  // Less than it gave makes libcurl abort.
  return taken;
}

}  // namespace blooio::gateway
