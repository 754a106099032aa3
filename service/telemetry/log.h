// The log: one JSON object a line on stderr, written by a thread of its own
// through a bounded queue that drops its oldest lines when it is full; no
// caller of Log ever waits.
//
//   Log(LogLevel::kInfo, "draining", {{"delay", "5s"}});
//
// Never log keys, tokens, message text, names, URLs of attachments, cursors or
// whole identifiers. Values are escaped here; what they may hold is decided by
// who logs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace blooio::gateway {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

struct LogField {
  std::string_view key;
  std::string value;
};

// "debug", "info", "warning", "error" or "off"; false for anything else.
bool ParseLogLevel(std::string_view text, LogLevel* level);

// Start before the first Log, once; lines logged without it are lost.
void StartLog(LogLevel least);
// Writes what is queued and ends the thread. False when nobody read stderr for
// 2 s: then the thread is stuck in a write that would also hold up exit(). Once.
bool StopLog();

bool IsLogged(LogLevel level);
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace blooio::gateway
