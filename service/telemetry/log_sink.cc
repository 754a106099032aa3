#include "service/telemetry/log_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <thread>

#include "service/telemetry/log_line.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMostGathered = 65536;
constexpr std::chrono::milliseconds kRest(2);
constexpr std::chrono::seconds kBetweenComplaints(1);

// False when nobody reads there any more.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void LogSink::log(const spdlog::details::log_msg& message) {
  gathered_.append(message.payload.data(), message.payload.size()) += '\n';
  ++lines_;
  const bool more = pool_.queue_size() > 0;
  if (more && gathered_.size() < kMostGathered) return;
  flush();
  if (!more) std::this_thread::sleep_for(kRest);
}

void LogSink::SayWhatWasDropped() {
  const uint64_t dropped = pool_.overrun_counter();
  if (dropped == dropped_said_) return;
  const auto now = std::chrono::steady_clock::now();
  if (dropped_said_ > 0 && now - said_at_ < kBetweenComplaints) return;
  LogLine line(format_, LogLevel::kWarning, "log_lines_dropped");
  line.Number("lines", static_cast<int64_t>(dropped - dropped_said_));
  line.Number("total", static_cast<int64_t>(dropped));
  gathered_.append(line.Finish()) += '\n';
  dropped_said_ = dropped;
  said_at_ = now;
}

void LogSink::flush() {
  SayWhatWasDropped();
  if (!WriteAll(fd_, gathered_)) unwritten_.fetch_add(lines_, std::memory_order_relaxed);
  gathered_.clear();
  lines_ = 0;
}

}  // namespace blooio::gateway
