#include "service/telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
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
std::shared_ptr<spdlog::async_logger> g_logger;
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
  g_logger =
      std::make_shared<spdlog::async_logger>("gateway", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                             g_pool, spdlog::async_overflow_policy::overrun_oldest);
  g_logger->set_pattern("%v");
  g_logger->flush_on(spdlog::level::info);
  g_least = least;
}

bool StopLog() {
  g_least = LogLevel::kOff;
  g_logger.reset();
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
  g_logger->info(line);
}

}  // namespace blooio::gateway
