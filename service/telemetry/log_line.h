// One line of the log, in either format:
//
//   {"time":"2026-11-21T12:01:02.345Z","level":"info","event":"call","caller":"billing","attempts":1}
//   12:01:02.345 info    call billing attempts=1
//
//   LogLine line(CurrentLogFormat(), LogLevel::kInfo, "call");
//   line.Word("caller", name).Number("attempts", 1);
//   QueueLogLine(line.Finish());
//
// What a value holds cannot break out of its line or reach a terminal: control
// characters (C0, DEL, C1), line separators, and what has no width or turns the
// direction of writing are escaped as \uXXXX, ill-formed UTF-8 becomes U+FFFD.
//
// Built in a buffer of its thread, so one line at a time in each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {

class LogLine {
 public:
  LogLine(LogFormat format, LogLevel level, std::string_view event, absl::Time now = absl::Now());
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  // key="value"; as a word that text shows without its key. Empty: left out.
  LogLine& Word(std::string_view key, std::string_view value);
  // key="value"
  LogLine& Text(std::string_view key, std::string_view value);
  LogLine& Number(std::string_view key, int64_t value);
  // key=true
  LogLine& True(std::string_view key);
  // Milliseconds to the microsecond: 12.345.
  LogLine& Milliseconds(std::string_view key, absl::Duration value);
  // ["a","b"]; empty: left out.
  LogLine& List(std::string_view key, std::span<const std::string> values);

  // The whole line, without its end; valid until the thread's next line.
  std::string_view Finish();

 private:
  void Key(std::string_view key);
  void Value(std::string_view value);

  const bool json_;
  std::string& out_;
};

}  // namespace blooio::gateway
