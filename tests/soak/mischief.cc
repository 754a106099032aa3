#include "tests/soak/mischief.h"

#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/soak/upstream_faults.h"

namespace blooio::soak {
namespace {

constexpr absl::Duration kBetweenAnswers = absl::Milliseconds(30);
constexpr absl::Duration kBetweenProcesses = absl::Milliseconds(1000);
// The last faults that are kept by number.
constexpr size_t kKept = 20'000;

absl::Duration Between(std::mt19937_64& random, int least_ms, int most_ms) {
  return absl::Milliseconds(std::uniform_int_distribution<int>(least_ms, most_ms)(random));
}

}  // namespace

Mischief::Mischief(World& world, Tally& tally, uint64_t seed) : world_(world), tally_(tally) {
  answers_ = std::thread([this, seed] {
    Work(kBetweenAnswers, seed + 1, [this](std::mt19937_64& random) { BreakAnAnswer(random); });
  });
  processes_ = std::thread([this, seed] {
    Work(kBetweenProcesses, seed + 2, [this](std::mt19937_64& random) { BreakAProcess(random); });
  });
}

Mischief::~Mischief() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  answers_.join();
  processes_.join();
}

void Mischief::Begin(size_t gateway) {
  {
    std::lock_guard lock(mutex_);
    gateway_ = gateway;
    on_ = true;
  }
  changed_.notify_all();
}

void Mischief::End() {
  {
    std::unique_lock lock(mutex_);
    on_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return busy_ == 0; });
  }
  world_.AwaitSandbox();
  world_.Control("DELETE", "faults");
}

void Mischief::Work(absl::Duration pause, uint64_t seed, const std::function<void(std::mt19937_64&)>& deed) {
  std::mt19937_64 random(seed);
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const absl::Duration time = pause * std::exponential_distribution<double>(1)(random);
    changed_.wait(lock, [this] { return on_ || ended_; });
    if (changed_.wait_for(lock, absl::ToChronoNanoseconds(time), [this] { return !on_ || ended_; })) continue;
    ++busy_;
    lock.unlock();
    deed(random);
    lock.lock();
    --busy_;
    changed_.notify_all();
  }
}

void Mischief::BreakAnAnswer(std::mt19937_64& random) {
  const UpstreamFault fault = DrawUpstreamFault(random);
  const std::optional<Json> answer = world_.Control("POST", "faults", fault.rule);
  if (!answer) return;
  tally_.Did(fault.name, fault.count);
  std::lock_guard lock(mutex_);
  faults_[(*answer)["number"]] = fault.rule.dump();
  if (faults_.size() > kKept) faults_.erase(faults_.begin());
}

std::string Mischief::Fault(uint64_t number) {
  std::lock_guard lock(mutex_);
  const auto found = faults_.find(number);
  return found == faults_.end() ? "" : found->second;
}

void Mischief::BreakAProcess(std::mt19937_64& random) {
  switch (std::uniform_int_distribution<int>(0, 6)(random)) {
    case 0:
      tally_.DidBig("front killed and restarted", "");
      return world_.RestartFront();
    case 1:
      return RestartGateway(SIGTERM, Between(random, 0, 200));
    case 2:
      return RestartGateway(SIGKILL, Between(random, 0, 200));
    case 3: {
      const absl::Duration time = Between(random, 20, 1500);
      tally_.DidBig("redis stopped and continued", absl::FormatDuration(time));
      world_.redis().Pause();
      absl::SleepFor(time);
      return world_.redis().Resume();
    }
    case 4: {
      const absl::Duration time = Between(random, 0, 500);
      tally_.DidBig("redis killed and restarted", absl::FormatDuration(time));
      world_.redis().Kill();
      absl::SleepFor(time);
      return world_.redis().Restart();
    }
    case 5: {
      const absl::Duration time = Between(random, 20, 500);
      tally_.DidBig("upstream stopped and continued", absl::FormatDuration(time));
      return world_.PauseSandbox(time);
    }
    default: {
      const int milliseconds = std::uniform_int_distribution<int>(20, 600)(random);
      tally_.DidBig("upstream killed and restarted", absl::StrCat(milliseconds, "ms"));
      world_.Control("POST", "outage", {{"milliseconds", milliseconds}});
      return absl::SleepFor(absl::Milliseconds(milliseconds));
    }
  }
}

void Mischief::RestartGateway(int signal, absl::Duration away) {
  const std::string name =
      signal == SIGTERM ? "gateway SIGTERM and restarted" : "gateway SIGKILL and restarted";
  tally_.DidBig(name, absl::StrCat("gateway ", gateway_));
  const std::string wrong = world_.StopGateway(gateway_, signal);
  if (!wrong.empty()) tally_.Violation("a gateway does not end well", wrong);
  absl::SleepFor(away);
  world_.StartGateway(gateway_);
  tally_.DidBig("gateway ready", absl::StrCat("gateway ", gateway_));
}

}  // namespace blooio::soak
