// What a Transfer tells libcurl: the options that never change, and those of
// one call.
#include "absl/strings/match.h"
#include "service/upstream/transfer.h"

namespace blooio::gateway {
namespace {

// Bodies are small, and 10,000 transfers each hold one buffer of either kind.
constexpr long kBufferBytes = 16384;
constexpr long kKeepAliveSeconds = 30;
// Below the 60 s after which load balancers close idle connections.
constexpr long kMaxIdleSeconds = 45;

// Sets one option after another until one is refused.
class OptionSetter {
 public:
  explicit OptionSetter(CURL* easy) : easy_(easy) {}
  template <typename Value>
  OptionSetter& Set(CURLoption option, Value value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, value);
    return *this;
  }
  bool ok() const { return code_ == CURLE_OK; }

 private:
  CURL* const easy_;
  CURLcode code_ = CURLE_OK;
};

// Rounded up, so that libcurl's clock never runs out before ours.
long Milliseconds(absl::Duration duration) {
  return static_cast<long>(
      absl::ToInt64Milliseconds(absl::Ceil(std::min(duration, absl::Hours(24)), absl::Milliseconds(1))));
}

// Null where libcurl's own words for GET and POST do.
const char* CustomVerb(Verb verb) {
  switch (verb) {
    case Verb::kPatch:
      return "PATCH";
    case Verb::kPut:
      return "PUT";
    case Verb::kDelete:
      return "DELETE";
    default:
      return nullptr;
  }
}

}  // namespace

bool Transfer::SetConstantOptions() {
  OptionSetter setter(easy());
  // Threads: no signals, and no waiting for a resolver thread to end.
  setter.Set(CURLOPT_NOSIGNAL, 1L).Set(CURLOPT_QUICK_EXIT, 1L);
  // Where a call may go: the host of its URL, nowhere else. An empty proxy and
  // an empty exception list override the environment's.
  setter.Set(CURLOPT_PROTOCOLS_STR, "http,https")
      .Set(CURLOPT_FOLLOWLOCATION, 0L)
      .Set(CURLOPT_PROXY, options_.proxy_url.c_str())
      .Set(CURLOPT_NOPROXY, "")
      .Set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE))
      .Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L)
      .Set(CURLOPT_PATH_AS_IS, 1L);
  // Trust.
  setter.Set(CURLOPT_SSL_VERIFYPEER, 1L)
      .Set(CURLOPT_SSL_VERIFYHOST, 2L)
      .Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) {
    // The packaged libcurl would go on trusting the system's directory.
    setter.Set(CURLOPT_CAINFO, options_.ca_file.c_str()).Set(CURLOPT_CAPATH, nullptr);
  }
  // Connections: wait for one that can be shared rather than open (and look up) many.
  setter.Set(CURLOPT_PIPEWAIT, 1L)
      .Set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds)
      .Set(CURLOPT_OPENSOCKETFUNCTION, &Sockets::Open)
      .Set(CURLOPT_OPENSOCKETDATA, &sockets_)
      .Set(CURLOPT_CLOSESOCKETFUNCTION, &Sockets::Close)
      .Set(CURLOPT_CLOSESOCKETDATA, &sockets_)
      .Set(CURLOPT_TCP_KEEPALIVE, 1L)
      .Set(CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds)
      .Set(CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds)
      .Set(CURLOPT_BUFFERSIZE, kBufferBytes)
      .Set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
  // For a tunnel. Not CURLOPT_USERAGENT, which libcurl would write anew for each call, and then copy.
  if (!options_.proxy_url.empty()) setter.Set(CURLOPT_PROXYHEADER, &proxy_header_);
  setter.Set(CURLOPT_PRIVATE, this)
      .Set(CURLOPT_PREREQFUNCTION, &OnReady)
      .Set(CURLOPT_PREREQDATA, this)
      .Set(CURLOPT_HEADERFUNCTION, &OnHeader)
      .Set(CURLOPT_HEADERDATA, this)
      .Set(CURLOPT_WRITEFUNCTION, &OnBody)
      .Set(CURLOPT_WRITEDATA, this);
  return setter.ok();
}

bool Transfer::SetCallOptions(absl::Duration allowed) {
  const RestRequest& request = attempt_->request();
  OptionSetter setter(easy());
  if (TakesBody(request.verb)) {
    // Sent together with the headers, and not copied.
    setter.Set(CURLOPT_POST, 1L)
        .Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()))
        .Set(CURLOPT_POSTFIELDS, body_.empty() ? "" : body_.data());
  } else {
    setter.Set(CURLOPT_HTTPGET, 1L);
  }
  // HTTP/2 is negotiated within TLS. Without TLS there is nothing to wait for,
  // but PIPEWAIT would hold all calls back until the first is answered.
  const bool tls = !absl::StartsWithIgnoreCase(url_, "http:");
  // A body-less change may have happened whatever libcurl says, so it is not sent on a
  // connection that may be about to die.
  const bool fresh = !request.read_only && body_.empty();
  setter.Set(CURLOPT_CUSTOMREQUEST, CustomVerb(request.verb))
      .Set(CURLOPT_URL, url_.c_str())
      .Set(CURLOPT_HTTPHEADER, headers_.nodes())
      .Set(CURLOPT_HTTP_VERSION, static_cast<long>(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
      .Set(CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L)
      // The loop keeps time. libcurl shares this out among the addresses of a name.
      .Set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(std::min(options_.connect_timeout, allowed)));
  return setter.ok();
}

}  // namespace blooio::gateway
