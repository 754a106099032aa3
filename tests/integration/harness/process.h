// A child process whose every word is kept. It never outlives its test: the
// destructor kills it, and so does the test's own death.
//
//   Process process({"/path/to/blooio-gateway", "--config", file});
//   std::optional<std::string> ready = process.WaitForLine(absl::Seconds(10));
//   process.Signal(SIGTERM);
//   EXPECT_EQ(process.WaitForExit(absl::Seconds(10)), 0);
//
// All waits are for events, bounded; none of them polls or sleeps.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace blooio::integration {

// Whether a process's stderr tells of a sanitizer's finding: "…Sanitizer: …", or, of
// undefined behaviour, "FILE:LINE:COLUMN: runtime error: …" and no more.
bool HasFinding(const std::string& errors);

class Process {
 public:
  // Runs `command`, with `environment` ("NAME=value") on top of this process's.
  explicit Process(std::vector<std::string> command, std::vector<std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // The first line of stdout; nothing when it did not come or the process ended.
  std::optional<std::string> WaitForLine(absl::Duration patience);
  // Whether stderr came to hold `text`, so many times.
  bool WaitForError(const std::string& text, absl::Duration patience, int times = 1);
  // The exit code, 128 + the signal's number for a killed one; nothing while it
  // runs. All output has been read then.
  std::optional<int> WaitForExit(absl::Duration patience);

  // What it has printed so far.
  std::string out() const;
  std::string err() const;

 private:
  void Read(int out, int err);
  bool WaitFor(const std::function<bool()>& condition, absl::Duration patience);

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::optional<int> exit_code_;
  std::thread reader_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_;
  std::string err_;
  bool ended_ = false;
};

}  // namespace blooio::integration
