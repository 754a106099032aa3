// The log: one line an event on stderr, written by a thread of its own through
// a bounded queue that drops its oldest lines when it is full; no caller of Log
// ever waits. How many lines were dropped is counted, and said in the log.
//
//   Log(LogLevel::kInfo, "draining", {{"delay", "5s"}, {"calls", 3}});
//
// Never log keys, tokens, message text, names, URLs of attachments, cursors or
// whole identifiers. Values are escaped here; what they may hold is decided by
// who logs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace blooio::gateway {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
// One JSON object a line for machines, or words for people.
enum class LogFormat { kJson, kText };

struct LogField {
  std::string_view key;
  // Text, or a number, which stands without quotes.
  std::variant<std::string, int64_t> value;
};

// "debug", "info", "warning", "error" or "off"; false for anything else.
bool ParseLogLevel(std::string_view text, LogLevel* level);
// The same word, of a level that lines have.
std::string_view LogLevelName(LogLevel level);
// "json", "text" or "auto", which is text when stderr is a terminal; false for
// anything else.
bool ParseLogFormat(std::string_view text, LogFormat* format);

// Start before the first Log, once; lines logged without it are lost.
void StartLog(LogLevel least, LogFormat format = LogFormat::kJson);
// Writes what is queued and ends the thread. False when nobody read stderr for
// 2 s: then the thread is stuck in a write that would also hold up exit(). Once.
bool StopLog();

bool IsLogged(LogLevel level);
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Lines lost since the start, because the queue was full or stderr was closed.
uint64_t DroppedLogLines();

// For what builds lines of its own, see log_line.h: the format being written,
// and a finished line, without its end, to queue.
LogFormat CurrentLogFormat();
void QueueLogLine(std::string_view line);

}  // namespace blooio::gateway
