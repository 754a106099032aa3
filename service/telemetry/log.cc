#include "service/telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "service/base/thread_name.h"
#include "service/telemetry/log_line.h"
#include "service/telemetry/log_sink.h"

namespace blooio::gateway {
namespace {

using spdlog::details::thread_pool;

constexpr size_t kQueuedLines = 8192;
constexpr std::chrono::seconds kMostPatience(2);
constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warning", "error", "off"};

std::atomic<LogLevel> g_least{LogLevel::kOff};
std::atomic<LogFormat> g_format{LogFormat::kJson};
// Threads of libraries may log while the log stops: a logger is never destroyed,
// and refuses by itself once its pool is gone.
std::atomic<spdlog::async_logger*> g_logger{nullptr};

std::mutex g_mutex;  // Guards the two below.
std::shared_ptr<thread_pool> g_pool;
std::shared_ptr<LogSink> g_sink;

void Publish(std::shared_ptr<spdlog::async_logger> logger) {
  static auto& kept = *new std::vector<std::shared_ptr<spdlog::async_logger>>;
  g_logger = logger.get();
  kept.push_back(std::move(logger));
}

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

std::string_view LogLevelName(LogLevel level) { return kNames[static_cast<size_t>(level)]; }

bool ParseLogFormat(std::string_view text, LogFormat* format) {
  if (text != "json" && text != "text" && text != "auto") return false;
  const bool for_people = text == "text" || (text == "auto" && isatty(STDERR_FILENO) == 1);
  *format = for_people ? LogFormat::kText : LogFormat::kJson;
  return true;
}

void StartLog(LogLevel least, LogFormat format) {
  std::lock_guard lock(g_mutex);
  g_pool = std::make_shared<thread_pool>(kQueuedLines, 1, [] { NameThread("log"); });
  g_sink = std::make_shared<LogSink>(STDERR_FILENO, *g_pool, format);
  auto logger = std::make_shared<spdlog::async_logger>("gateway", g_sink, g_pool,
                                                       spdlog::async_overflow_policy::overrun_oldest);
  // A line that comes after the end is lost without a word.
  logger->set_error_handler([](const std::string&) {});
  Publish(std::move(logger));
  g_format = format;
  g_least = least;
}

bool StopLog() {
  g_least = LogLevel::kOff;
  std::promise<void> written;
  std::future<void> all = written.get_future();
  std::unique_lock lock(g_mutex);
  // The pool's end is the end of its thread, which may be stuck in a write.
  std::thread([pool = std::move(g_pool), written = std::move(written)]() mutable {
    // Whoever is queueing a line holds the pool for that long.
    while (pool.use_count() > 1) std::this_thread::yield();
    if (pool) {
      pool->post_flush(std::static_pointer_cast<spdlog::async_logger>(g_logger.load()->shared_from_this()),
                       spdlog::async_overflow_policy::block);
    }
    pool.reset();
    written.set_value();
  }).detach();
  lock.unlock();
  return all.wait_for(kMostPatience) == std::future_status::ready;
}

bool IsLogged(LogLevel level) { return level >= g_least.load(std::memory_order_relaxed); }

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!IsLogged(level)) return;
  LogLine line(CurrentLogFormat(), level, event);
  for (const LogField& field : fields) {
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      line.Text(field.key, *text);
    } else {
      line.Number(field.key, std::get<int64_t>(field.value));
    }
  }
  QueueLogLine(line.Finish());
}

uint64_t DroppedLogLines() {
  std::lock_guard lock(g_mutex);
  return (g_pool ? g_pool->overrun_counter() : 0) + (g_sink ? g_sink->unwritten() : 0);
}

LogFormat CurrentLogFormat() { return g_format.load(std::memory_order_relaxed); }

void QueueLogLine(std::string_view line) {
  spdlog::async_logger* logger = g_logger.load(std::memory_order_acquire);
  if (logger == nullptr) return;
  try {
    // Lines carry their time themselves: spdlog need not ask for it.
    logger->log(spdlog::log_clock::time_point(), spdlog::source_loc(), spdlog::level::info,
                spdlog::string_view_t(line.data(), line.size()));
  } catch (const spdlog::spdlog_ex&) {
    // A line that comes after the end is lost without a word; this call of spdlog's
    // does not hand its complaint to the error handler.
  }
}

}  // namespace blooio::gateway
