#include "tests/integration/harness/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace blooio::integration {
namespace {

// What the child does between fork and exec: nothing that could lock.
[[noreturn]] void Exec(pid_t parent, int out, int err, char* const* words, char* const* environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(words[0], words, environment);
  _exit(127);
}

}  // namespace

bool HasFinding(const std::string& errors) {
  return errors.find("Sanitizer") != std::string::npos ||
         errors.find(": runtime error: ") != std::string::npos;
}

Process::Process(std::vector<std::string> command, std::vector<std::string> environment) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  for (std::string& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no fork");
  if (pid_ == 0) Exec(parent, out[1], err[1], words.data(), variables.data());
  close(out[1]);
  close(err[1]);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  reader_ = std::thread([this, out = out[0], err = err[0]] { Read(out, err); });
}

Process::~Process() {
  if (!exit_code_) {
    Signal(SIGKILL);
    WaitForExit(absl::InfiniteDuration());
  }
  close(pid_fd_);
  // A sanitizer's finding counts whatever became of the process.
  if (HasFinding(err_)) ADD_FAILURE() << err_;
}

void Process::Signal(int signal) const { kill(pid_, signal); }

void Process::Read(int out, int err) {
  std::array<pollfd, 2> pipes = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    poll(pipes.data(), pipes.size(), -1);
    for (pollfd& pipe : pipes) {
      if (pipe.fd < 0 || pipe.revents == 0) continue;
      char buffer[65536];
      const ssize_t bytes = read(pipe.fd, buffer, sizeof buffer);
      if (bytes <= 0) {
        close(std::exchange(pipe.fd, -1));
        continue;
      }
      std::lock_guard lock(mutex_);
      (&pipe == &pipes[0] ? out_ : err_).append(buffer, static_cast<size_t>(bytes));
      changed_.notify_all();
    }
  }
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool Process::WaitFor(const std::function<bool()>& condition, absl::Duration patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(patience), [&] { return ended_ || condition(); });
  return condition();
}

std::optional<std::string> Process::WaitForLine(absl::Duration patience) {
  if (!WaitFor([this] { return out_.find('\n') != std::string::npos; }, patience)) return std::nullopt;
  const std::string text = out();
  return text.substr(0, text.find('\n'));
}

bool Process::WaitForError(const std::string& text, absl::Duration patience, int times) {
  const auto there = [&] {
    size_t at = 0;
    for (int i = 0; i < times; ++i, at += text.size()) {
      at = err_.find(text, at);
      if (at == std::string::npos) return false;
    }
    return true;
  };
  return WaitFor(there, patience);
}

std::optional<int> Process::WaitForExit(absl::Duration patience) {
  if (exit_code_) return exit_code_;
  pollfd end{pid_fd_, POLLIN, 0};
  const bool forever = patience == absl::InfiniteDuration();
  if (poll(&end, 1, forever ? -1 : static_cast<int>(absl::ToInt64Milliseconds(patience))) != 1) {
    return std::nullopt;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  reader_.join();
  return exit_code_;
}

std::string Process::out() const {
  std::lock_guard lock(mutex_);
  return out_;
}

std::string Process::err() const {
  std::lock_guard lock(mutex_);
  return err_;
}

}  // namespace blooio::integration
