// An account whose callers want all they can get, against a Blooio that allows less
// than is configured. Simulated: the real limiter, a plain token bucket behind it,
// and answers that take their time.
#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "tests/unit/ratelimit/driver.h"

namespace blooio::gateway {
namespace {

// What Blooio allows: a bucket of its own, in billionths of a token. Brimful by
// less than a nanosecond's worth, as ours.
class Blooio {
 public:
  Blooio(int64_t rate, int64_t burst) : burst_(burst) { Allow(rate, 0); }

  void Allow(int64_t rate, Instant now) {
    Settle(now);
    rate_ = rate;
  }
  // Nothing, or the Retry-After of its 429: whole seconds, rounded up.
  int64_t Ask(Instant now) {
    Settle(now);
    const int64_t missing = kSecond - stock_;
    if (missing > 0) return ((missing + rate_ - 1) / rate_ + kSecond - 1) / kSecond * kSecond;
    stock_ -= kSecond;
    return 0;
  }

 private:
  void Settle(Instant now) {
    // An hour fills any of them; more would overflow.
    const int64_t time = std::min(now - as_of_, 3'600 * kSecond);
    stock_ = std::min(stock_ + time * rate_, burst_ * kSecond + rate_ - 1);
    as_of_ = now;
  }

  const int64_t burst_;
  int64_t rate_ = 0;
  int64_t stock_ = burst_ * kSecond;
  Instant as_of_ = 0;
};

class Simulation {
 public:
  Simulation(int64_t configured, int64_t allowed, int64_t burst, int64_t latency)
      : driver_(OneAccount(PerSecond(configured, configured), {{}}, {.max_wait = 86'400 * kSecond})),
        blooio_(allowed, burst),
        latency_(latency),
        begin_(driver_.now) {
    // Twice as many as can be under way.
    for (int64_t i = 0; i < 20 + 2 * configured * latency / kSecond; ++i) driver_.Decide({});
    Send();
  }

  void Run(int64_t seconds) {
    for (const Instant end = driver_.now + seconds * kSecond; driver_.now < end;) {
      const Instant next = answers_.empty() ? driver_.now + latency_ : answers_.front().time;
      driver_.RunUntil(std::min(next, end));
      Send();
      while (!answers_.empty() && answers_.front().time <= driver_.now) Answer();
    }
  }
  void Allow(int64_t rate) { blooio_.Allow(rate, driver_.now + latency_ / 2); }

  // Calls a second that Blooio allowed in the last seconds, and which part of all
  // it refused.
  double Allowed(int64_t seconds) const { return Count(seconds, 0) / static_cast<double>(seconds); }
  double Refused(int64_t seconds) const {
    const double refused = Count(seconds, 1);
    return refused / (refused + Count(seconds, 0));
  }

 private:
  struct Exchange {
    Instant started, time;
    int64_t retry_after;
  };

  void Send() {
    for (; sent_ < driver_.starts.size(); ++sent_) {
      const Instant started = driver_.starts[sent_].time;
      answers_.push_back({started, started + latency_, blooio_.Ask(started + latency_ / 2)});
    }
  }
  void Answer() {
    const Exchange answer = answers_.front();
    answers_.pop_front();
    counts_.resize(static_cast<size_t>((driver_.now - begin_) / kSecond) + 1);
    ++counts_.back()[answer.retry_after == 0 ? 0 : 1];
    if (answer.retry_after > 0) {
      driver_.limiter.Throttled(0, driver_.now, answer.started, answer.retry_after);
    }
    driver_.limiter.Finish({});
    driver_.Decide({});
    Send();
  }
  double Count(int64_t seconds, size_t which) const {
    const auto end = static_cast<size_t>((driver_.now - begin_) / kSecond);
    int64_t count = 0;
    for (size_t i = end - static_cast<size_t>(seconds); i < std::min(end, counts_.size()); ++i) {
      count += counts_[i][which];
    }
    return static_cast<double>(count);
  }

  Driver driver_;
  Blooio blooio_;
  const int64_t latency_;
  const Instant begin_;
  // Answers are as long on their way as each other, so they come in order.
  std::deque<Exchange> answers_;
  size_t sent_ = 0;
  // By second: allowed, refused.
  std::vector<std::array<int64_t, 2>> counts_;
};

// Configured rates, in hundredths of what Blooio allows, and its bursts in tenths of
// a second's worth (0: a single token).
const std::vector<int> kConfigured = kSlow ? std::vector{200} : std::vector{101, 105, 200, 400, 1000};
const std::vector<int> kBursts = kSlow ? std::vector{1} : std::vector{0, 1, 10, 50};

TEST(FeedbackSimulation, SettlesWithinAMinuteJustBelowWhatBlooioAllows) {
  for (const int64_t allowed : {20, 100}) {
    for (const int configured : kConfigured) {
      for (const int burst : kBursts) {
        for (const int64_t latency : {20, 200}) {
          SCOPED_TRACE(testing::Message() << configured << " % of " << allowed << "/s, burst " << burst
                                          << " tenths, " << latency << " ms");
          Simulation simulation(allowed * configured / 100, allowed,
                                std::max<int64_t>(1, allowed * burst / 10), Ms(latency));
          simulation.Run(60);
          for (int minute = 0; minute < 3; ++minute) {
            simulation.Run(60);
            EXPECT_LT(simulation.Refused(60), 0.01) << minute;
            EXPECT_GE(simulation.Allowed(60), 0.95 * static_cast<double>(allowed)) << minute;
          }
        }
      }
    }
  }
}

// How long it takes until half a minute's calls are 95 % of what may be again.
int64_t Recovery(Simulation& simulation, int64_t allowed) {
  simulation.Allow(allowed);
  simulation.Run(30);
  int64_t seconds = 0;
  for (; simulation.Allowed(30) < 0.95 * static_cast<double>(allowed) && seconds < 300; ++seconds) {
    simulation.Run(1);
  }
  return seconds;
}

TEST(FeedbackSimulation, FindsALimitThatWasChanged) {
  for (const int configured : kSlow ? std::vector{200} : std::vector{200, 400, 1000}) {
    for (const int burst : kBursts) {
      // At various times since the last 429.
      for (int64_t settled = 120; settled < 190; settled += 23) {
        SCOPED_TRACE(testing::Message() << configured << " %, burst " << burst << " tenths, " << settled);
        Simulation simulation(configured, 100, std::max(1, 10 * burst), Ms(60));
        simulation.Run(settled);
        EXPECT_LE(Recovery(simulation, 50), 40) << "halved";
        simulation.Run(60);
        EXPECT_LT(simulation.Refused(60), 0.01);
        EXPECT_LE(Recovery(simulation, 100), 210) << "doubled";
        simulation.Run(60);
        EXPECT_LT(simulation.Refused(60), 0.01);
      }
    }
  }
}

TEST(FeedbackSimulation, NeverTouchesARateThatBlooioAllows) {
  for (const int64_t configured : {50, 99, 100}) {
    Simulation simulation(configured, 100, 100, Ms(60));
    simulation.Run(120);
    EXPECT_EQ(simulation.Refused(120), 0) << configured;
    EXPECT_NEAR(simulation.Allowed(60), static_cast<double>(configured), 0.1);
  }
}

}  // namespace
}  // namespace blooio::gateway
