#include "service/telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/json_text.h"

namespace blooio::gateway {
namespace {

constexpr size_t kQueuedLines = 8192;
constexpr std::chrono::seconds kMostPatience(2);
constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warning", "error", "off"};

std::atomic<LogLevel> g_least{LogLevel::kOff};
// Threads of libraries may log while the log stops.
std::mutex g_mutex;
std::shared_ptr<spdlog::async_logger> g_logger;

void SetLogger(std::shared_ptr<spdlog::async_logger> logger) {
  std::lock_guard lock(g_mutex);
  g_logger = std::move(logger);
}

std::shared_ptr<spdlog::async_logger> Logger() {
  std::lock_guard lock(g_mutex);
  return g_logger;
}
std::shared_ptr<spdlog::details::thread_pool> g_pool;

}  // namespace

bool ParseLogLevel(std::string_view text, LogLevel* level) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) {
      *level = static_cast<LogLevel>(i);
      return true;
    }
  }
  return false;
}

void StartLog(LogLevel least) {
  g_pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  auto logger =
      std::make_shared<spdlog::async_logger>("gateway", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                             g_pool, spdlog::async_overflow_policy::overrun_oldest);
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::info);
  // A line that comes after the end is lost without a word.
  logger->set_error_handler([](const std::string&) {});
  SetLogger(std::move(logger));
  g_least = least;
}

bool StopLog() {
  g_least = LogLevel::kOff;
  SetLogger(nullptr);
  // The pool's end is the end of its thread, which may be stuck in a write.
  std::promise<void> written;
  std::future<void> all = written.get_future();
  std::thread([pool = std::move(g_pool), written = std::move(written)]() mutable {
    pool.reset();
    written.set_value();
  }).detach();
  return all.wait_for(kMostPatience) == std::future_status::ready;
}

bool IsLogged(LogLevel level) { return level >= g_least.load(std::memory_order_relaxed); }

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!IsLogged(level)) return;
  std::string line = R"({"time":")";
  line += absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  line += R"(","level":")";
  line += kNames[static_cast<size_t>(level)];
  line += R"(","event":)";
  AppendJsonString(event, line);
  for (const LogField& field : fields) {
    line += ',';
    AppendJsonString(field.key, line);
    line += ':';
    AppendJsonString(field.value, line);
  }
  line += '}';
  if (auto logger = Logger()) logger->info(line);
}

}  // namespace blooio::gateway
