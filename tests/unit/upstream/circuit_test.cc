#include "service/upstream/circuit.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

namespace blooio::gateway {
namespace {

using Sign = Circuit::Sign;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

class FixedRandomness : public Randomness {
 public:
  uint64_t Next() override { return bits; }
  uint64_t bits = 0;
};

class CircuitTest : public testing::Test {
 protected:
  // One attempt, if it may begin.
  bool Try(Sign sign) {
    const Circuit::Pass pass = circuit_.TryPass();
    circuit_.Report(pass, sign);
    return pass.allowed;
  }
  // w: well, f: failed, u: unreachable, n: nothing, s: a second passes.
  void Script(const std::string& script) {
    for (const char step : script) {
      if (step == 's') {
        clock_.now += absl::Seconds(1);
      } else {
        Try(SignOf(step));
      }
    }
  }
  static Sign SignOf(char step) {
    return step == 'w'   ? Sign::kWell
           : step == 'f' ? Sign::kFailed
           : step == 'u' ? Sign::kUnreachable
                         : Sign::kNothing;
  }
  void OpenIt() { Script("uuuuu"); }

  FakeClock clock_;
  FixedRandomness randomness_;
  std::vector<bool> told_;
  Circuit circuit_{clock_, randomness_, [this](bool open) { told_.push_back(open); }};
};

std::string Times(int count, const std::string& text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

TEST_F(CircuitTest, OpensByWhatAttemptsSay) {
  const struct {
    const char* name;
    std::string script;
    bool open;
  } kRows[] = {
      {"nothing yet", "", false},
      {"one in a row too few", "uuuu", false},
      {"unreachable in a row", "uuuuu", true},
      {"over any time", "ussssssssssssusssssssssssssusssssssssssssusssssssssssu", true},
      {"a success between", "uuuuwuuuu", false},
      {"an answer in trouble between", "uuuufuuuu", false},
      {"nothing said between", "uuuunnnu", true},
      {"all fail, but few", Times(19, "f"), false},
      {"all fail", Times(20, "f"), true},
      {"half of them", Times(10, "wf"), true},
      {"half of them, a success last", Times(10, "fw"), false},
      {"and one more", Times(10, "fw") + "ff", true},
      {"less than half", Times(200, "fww"), false},
      {"unreachable counts as failed", Times(10, "wu"), true},
      {"what says nothing counts neither way", Times(19, "f") + Times(50, "n"), false},
      {"nor as an attempt", Times(19, "f") + Times(50, "n") + "f", true},
      {"within ten seconds", Times(10, "f") + Times(9, "s") + Times(10, "f"), true},
      {"not within ten seconds", Times(10, "f") + Times(10, "s") + Times(10, "f"), false},
      {"nor long after", Times(10, "f") + Times(15, "s") + Times(10, "f"), false},
      {"old successes are forgotten", Times(1000, "w") + Times(10, "s") + Times(20, "f"), true},
      {"new ones are not", Times(1000, "w") + Times(9, "s") + Times(20, "f"), false},
      {"two a second", Times(100, "ffs"), true},
      {"one a second", Times(100, "fs"), false},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    FakeClock clock;
    Circuit circuit(clock, randomness_);
    for (const char step : row.script) {
      if (circuit.open()) break;
      if (step == 's') {
        clock.now += absl::Seconds(1);
        continue;
      }
      const Circuit::Pass pass = circuit.TryPass();
      EXPECT_TRUE(pass.allowed);
      EXPECT_FALSE(pass.probe);
      circuit.Report(pass, SignOf(step));
    }
    EXPECT_EQ(circuit.open(), row.open);
    EXPECT_EQ(circuit.Blocked().has_value(), row.open);
  }
}

TEST_F(CircuitTest, RefusesUntilTheProbe) {
  OpenIt();
  for (int passed : {0, 1, 999}) {
    clock_.now += absl::Milliseconds(passed);
    const absl::Duration left = absl::Milliseconds(1000 - passed);
    EXPECT_EQ(circuit_.Blocked(), left);
    const Circuit::Pass pass = circuit_.TryPass();
    EXPECT_FALSE(pass.allowed);
    EXPECT_EQ(pass.wait, left);
    clock_.now -= absl::Milliseconds(passed);
  }
  clock_.now += absl::Seconds(1);
  EXPECT_EQ(circuit_.Blocked(), std::nullopt);
  EXPECT_TRUE(circuit_.open());
  EXPECT_TRUE(circuit_.TryPass().probe);
}

TEST_F(CircuitTest, LetsOneProbeThroughAtATime) {
  OpenIt();
  clock_.now += absl::Seconds(100);
  const Circuit::Pass probe = circuit_.TryPass();
  ASSERT_TRUE(probe.allowed && probe.probe);
  for (int i = 0; i < 3; ++i) {
    const Circuit::Pass other = circuit_.TryPass();
    EXPECT_FALSE(other.allowed);
    EXPECT_EQ(other.wait, absl::Seconds(1));
    EXPECT_EQ(circuit_.Blocked(), absl::Seconds(1));
    circuit_.Report(other, Sign::kWell);  // Means nothing.
    EXPECT_TRUE(circuit_.open());
  }
  circuit_.Report(probe, Sign::kWell);
  EXPECT_FALSE(circuit_.open());
  EXPECT_EQ(circuit_.Blocked(), std::nullopt);
  EXPECT_FALSE(circuit_.TryPass().probe);
  EXPECT_THAT(told_, testing::ElementsAre(true, false));
}

TEST_F(CircuitTest, WaitsLongerAfterEachProbeThatFails) {
  for (const uint64_t bits : {uint64_t{0}, ~uint64_t{0}}) {
    randomness_.bits = bits;
    const double jitter = bits == 0 ? 1.0 : 1.2;
    OpenIt();
    for (int round = 0; round < 2; ++round) {
      for (int seconds : {1, 2, 4, 8, 16, 30, 30}) {
        const absl::Duration wait = circuit_.Blocked().value_or(absl::ZeroDuration());
        EXPECT_NEAR(absl::ToDoubleSeconds(wait), seconds * jitter, 1e-6);
        clock_.now += wait;
        EXPECT_TRUE(Try(seconds % 4 == 0 ? Sign::kFailed : Sign::kUnreachable));
        EXPECT_FALSE(Try(Sign::kWell));
      }
      clock_.now += absl::Minutes(1);
      EXPECT_TRUE(Try(Sign::kWell));
      ASSERT_FALSE(circuit_.open());
      // Back to the shortest, and nothing of before is counted.
      Script("uuuu" + Times(10, "w"));
      ASSERT_FALSE(circuit_.open());
      OpenIt();
    }
    clock_.now += absl::Minutes(1);
    Try(Sign::kWell);
  }
}

TEST_F(CircuitTest, BeginsAnewWhenItCloses) {
  Script(Times(15, "f") + "uuuuu");
  ASSERT_TRUE(circuit_.open());
  Script("sw");
  ASSERT_FALSE(circuit_.open());
  Script("uuuu" + Times(15, "f"));
  EXPECT_FALSE(circuit_.open());
  Script("f");
  EXPECT_TRUE(circuit_.open());
}

TEST_F(CircuitTest, AProbeThatSaysNothingMakesWayForAnother) {
  OpenIt();
  clock_.now += absl::Seconds(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Try(Sign::kNothing));
  EXPECT_TRUE(circuit_.open());
  EXPECT_TRUE(Try(Sign::kFailed));
  EXPECT_EQ(circuit_.Blocked(), absl::Seconds(2)) << "only what failed makes it wait longer";
}

TEST_F(CircuitTest, WhatBeganBeforeItTurnedSaysNothing) {
  std::vector<Circuit::Pass> passes;
  for (int i = 0; i < 100; ++i) passes.push_back(circuit_.TryPass());
  OpenIt();
  for (int i = 0; i < 30; ++i) circuit_.Report(passes[i], Sign::kWell);
  EXPECT_TRUE(circuit_.open());
  EXPECT_EQ(circuit_.Blocked(), absl::Seconds(1));
  clock_.now += absl::Seconds(1);
  const Circuit::Pass probe = circuit_.TryPass();
  for (int i = 30; i < 60; ++i) circuit_.Report(passes[i], Sign::kFailed);
  EXPECT_FALSE(circuit_.TryPass().allowed) << "the probe is still under way";
  circuit_.Report(probe, Sign::kWell);
  for (int i = 60; i < 100; ++i) circuit_.Report(passes[i], Sign::kUnreachable);
  EXPECT_FALSE(circuit_.open());
  EXPECT_THAT(told_, testing::ElementsAre(true, false));
}

TEST_F(CircuitTest, KnowsHowLongAnswersTake) {
  EXPECT_EQ(circuit_.Typical(), absl::ZeroDuration());
  circuit_.Answered(absl::Milliseconds(80));
  EXPECT_EQ(circuit_.Typical(), absl::Milliseconds(80));
  circuit_.Answered(absl::Milliseconds(160));
  EXPECT_EQ(circuit_.Typical(), absl::Milliseconds(90));
  circuit_.Answered(absl::Milliseconds(10));
  EXPECT_EQ(circuit_.Typical(), absl::Milliseconds(80));
  for (int i = 0; i < 100; ++i) circuit_.Answered(absl::Seconds(2));
  EXPECT_NEAR(absl::ToDoubleSeconds(circuit_.Typical()), 2, 0.01);
  for (absl::Duration odd : {-absl::Seconds(1), absl::ZeroDuration(), -absl::InfiniteDuration()}) {
    for (int i = 0; i < 1000; ++i) circuit_.Answered(odd);
    EXPECT_GT(circuit_.Typical(), absl::ZeroDuration());
    EXPECT_LT(circuit_.Typical(), absl::Milliseconds(1));
  }
  for (int i = 0; i < 1000; ++i) circuit_.Answered(absl::InfiniteDuration());
  EXPECT_LE(circuit_.Typical(), absl::Hours(1));
}

// Attempts that overlap in every manner, against what the header promises.
TEST_F(CircuitTest, HoldsItsPromisesUnderAnything) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int count) { return std::uniform_int_distribution<int>(0, count - 1)(random); };
    FakeClock clock;
    FixedRandomness randomness;
    std::vector<bool> told;
    Circuit circuit(clock, randomness, [&](bool open) { told.push_back(open); });
    struct Begun {
      Circuit::Pass pass;
      size_t turns;
    };
    std::vector<Begun> begun;
    int probes = 0;
    const int trouble = pick(4);
    for (int step = 0; step < 1000; ++step) {
      randomness.bits = (uint64_t{random()} << 32) | random();
      if (pick(20) == 0) clock.now += absl::Milliseconds(pick(3000));
      const bool was_open = circuit.open();
      if (pick(2) == 0 || begun.empty()) {
        const std::optional<absl::Duration> blocked = circuit.Blocked();
        const Circuit::Pass pass = circuit.TryPass();
        ASSERT_EQ(pass.allowed, !blocked);
        ASSERT_EQ(pass.probe, pass.allowed && was_open);
        ASSERT_TRUE(pass.allowed || (pass.wait == *blocked && pass.wait > absl::ZeroDuration() &&
                                     pass.wait <= absl::Seconds(36)));
        probes += pass.probe;
        ASSERT_LE(probes, 1);
        if (pass.allowed) begun.push_back({pass, told.size()});
      } else {
        std::swap(begun[pick(static_cast<int>(begun.size()))], begun.back());
        const Begun one = begun.back();
        begun.pop_back();
        const Sign sign = pick(4) >= trouble ? Sign::kWell : static_cast<Sign>(pick(4));
        circuit.Report(one.pass, sign);
        probes -= one.pass.probe;
        const bool turned = circuit.open() != was_open;
        ASSERT_TRUE(!turned || one.turns + 1 == told.size()) << "an old attempt counted";
        ASSERT_EQ(turned && was_open, one.pass.probe && sign == Sign::kWell);
        ASSERT_TRUE(!turned || was_open || sign == Sign::kFailed || sign == Sign::kUnreachable);
      }
      ASSERT_EQ(circuit.open(), !told.empty() && told.back());
      ASSERT_EQ(told.size() % 2 == 1, circuit.open()) << "told of each turn once";
    }
  }
}

TEST_F(CircuitTest, ManyThreadsGetOneProbe) {
  OpenIt();
  clock_.now += absl::Seconds(1);
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        circuit_.Blocked();
        allowed += circuit_.TryPass().allowed;
        circuit_.Answered(absl::Milliseconds(10));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 1);
  EXPECT_EQ(circuit_.Typical(), absl::Milliseconds(10));
}

}  // namespace
}  // namespace blooio::gateway
