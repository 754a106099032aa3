// Floor B: what libcurl alone costs, and a load for HTTP proxies. A closed loop of POSTs
// over one multi handle: epoll, libcurl's timer kept as a number, easy handles reused,
// answers thrown away. One thread.
//
//   bench-http --url=https://127.0.0.1:8443/ --ca=ca.pem --in_flight=64
//
// Prints the window's JSON (window.h) when it is over.
#include <curl/curl.h>
#include <sys/epoll.h>

#include <cstdio>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/bench/load/payload.h"
#include "tests/bench/load/window.h"

ABSL_FLAG(std::string, url, "", "to POST to");
ABSL_FLAG(std::string, ca, "", "PEM file of the authority; with it HTTP/2 is spoken");
ABSL_FLAG(int, in_flight, 64, "calls under way at a time");
ABSL_FLAG(size_t, text_bytes, 24, "of the message sent");
ABSL_FLAG(absl::Duration, warm_up, absl::Milliseconds(150), "before the window");
ABSL_FLAG(absl::Duration, length, absl::Seconds(1), "of the window");
ABSL_FLAG(int, watch, 0, "process whose CPU time counts; 0: this one");

namespace blooio::bench {
namespace {

class Loop {
 public:
  Loop() {
    for (const std::string& line : RequestHeaders()) headers_ = curl_slist_append(headers_, line.c_str());
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, 100L);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 512L);
    for (int i = 0; i < absl::GetFlag(FLAGS_in_flight); ++i) Add();
  }

  std::string Run() {
    for (OneCall& call : calls_) Start(call);
    Until(absl::GetFlag(FLAGS_warm_up));
    window_.Begin();
    Until(absl::GetFlag(FLAGS_length));
    window_.End();
    return window_.Json();
  }

 private:
  struct OneCall {
    CURL* easy = curl_easy_init();
    SteadyTime began;
  };

  void Add() {
    OneCall& call = calls_.emplace_back();
    const auto set = [&call](CURLoption option, auto value) {
      if (curl_easy_setopt(call.easy, option, value) != CURLE_OK) throw std::runtime_error("option refused");
    };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PRIVATE, &call);
    set(CURLOPT_URL, absl::GetFlag(FLAGS_url).c_str());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_HTTPHEADER, headers_);
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
    set(CURLOPT_POSTFIELDS, body_.c_str());
    set(CURLOPT_WRITEFUNCTION, &OnBody);
    set(CURLOPT_PIPEWAIT, absl::GetFlag(FLAGS_ca).empty() ? 0L : 1L);
    set(CURLOPT_HTTP_VERSION,
        static_cast<long>(absl::GetFlag(FLAGS_ca).empty() ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    if (!absl::GetFlag(FLAGS_ca).empty()) set(CURLOPT_CAINFO, absl::GetFlag(FLAGS_ca).c_str());
  }

  void Start(OneCall& call) {
    call.began = std::chrono::steady_clock::now();
    curl_multi_add_handle(multi_, call.easy);
  }

  void Until(absl::Duration length) {
    const SteadyTime end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(length);
    while (std::chrono::steady_clock::now() < end) Turn();
  }

  void Turn() {
    int running = 0;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (timer_ && *timer_ <= now) {
      timer_.reset();
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    EndFinished();
    int wait = 100;
    if (timer_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*timer_ - now).count();
      wait = static_cast<int>(std::clamp<int64_t>(left, 0, wait));
    }
    epoll_event events[64];
    const int count = epoll_wait(epoll_, events, 64, wait);
    for (int i = 0; i < count; ++i) {
      const int what = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi_, events[i].data.fd, what, &running);
    }
    EndFinished();
  }

  void EndFinished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      OneCall* call = nullptr;
      long status = 0;
      const CURLcode code = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      curl_multi_remove_handle(multi_, call->easy);
      if (code == CURLE_OK && status == 201) {
        window_.Ended(std::chrono::steady_clock::now() - call->began);
      } else {
        window_.Failed(absl::StrCat(curl_easy_strerror(code), ", status ", status));
      }
      Start(*call);
    }
  }

  static size_t OnBody(char*, size_t size, size_t count, void*) { return size * count; }
  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& loop = *static_cast<Loop*>(self);
    if (what == CURL_POLL_REMOVE) return epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, nullptr), 0;
    epoll_event event{};
    event.events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    event.data.fd = socket;
    epoll_ctl(loop.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
    if (known == nullptr) curl_multi_assign(loop.multi_, socket, self);
    return 0;
  }
  static int OnTimer(CURLM*, long milliseconds, void* self) {
    auto& loop = *static_cast<Loop*>(self);
    loop.timer_.reset();
    // 0: long due.
    if (milliseconds == 0) loop.timer_ = SteadyTime();
    if (milliseconds > 0) {
      loop.timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    }
    return 0;
  }

  const std::string body_ = RequestJson(absl::GetFlag(FLAGS_text_bytes));
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  CURLM* const multi_ = curl_multi_init();
  curl_slist* headers_ = nullptr;
  std::optional<SteadyTime> timer_;
  std::deque<OneCall> calls_;
  Window window_{absl::GetFlag(FLAGS_watch)};
};

}  // namespace
}  // namespace blooio::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  std::puts(blooio::bench::Loop().Run().c_str());
  // What is under way goes with the process.
  std::fflush(stdout);
  std::_Exit(0);
}
