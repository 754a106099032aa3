// However many gateways there are, together they keep each limit, and use it.
#include <gtest/gtest.h>

#include "tests/unit/ratelimit/gateways.h"

namespace blooio::gateway {
namespace {

constexpr LimitKind kKinds[] = {LimitKind::kAccount, LimitKind::kCaller, LimitKind::kMethod};
constexpr int64_t kDay = 86'400 * kSecond;

int64_t Allowed(const Limit& limit, int64_t time) {
  return limit.burst + static_cast<int64_t>(Units{limit.rate.tokens} * time / limit.rate.period);
}

struct Row {
  Limit limit;
  int64_t cost = 1;
};
constexpr Row kRows[] = {{{{20, kSecond}, 5}},      {{{100, kSecond}, 10}},  {{{100, kSecond}, 10}, 5},
                         {{{1000, kSecond}, 2000}}, {{{2000, kSecond}, 60}}, {{{333, 7 * kSecond}, 20}}};
constexpr int64_t kTime = 4 * kSecond;

// `busy` of `count` gateways have more calls than they may.
void Saturate(LimitKind kind, const Row& row, size_t count, size_t busy) {
  SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << ", " << row.limit.rate.tokens
                                  << " tokens, cost " << row.cost << ", " << count << " gateways");
  Gateways gateways(Only(kind, row.limit), count, static_cast<unsigned>(count) + 7);
  const Instant begin = gateways.now;
  for (auto& gateway : gateways.all) gateways.Offer(*gateway, {.cost = row.cost});
  while (gateways.now < begin + kTime) {
    for (size_t i = 0; i < busy; ++i) gateways.Saturate(*gateways.all[i], {.cost = row.cost});
    gateways.Step();
    ASSERT_LE(gateways.Started() * row.cost, Allowed(row.limit, gateways.now - begin));
  }
  // Idle ones keep parts of what a dear call wants until a second after it was refused.
  const int64_t kept = busy < count && row.cost > 1 ? Ms(1300) : 0;
  EXPECT_GE(static_cast<double>(gateways.Started() * row.cost),
            0.95 * static_cast<double>(Allowed(row.limit, kTime - kept)));
  for (const auto& gateway : gateways.all) EXPECT_LE(gateway->longest_held, Gateways::kHold + Ms(20));
}

TEST(Sharing, KeepsAndUsesALimit) {
  for (const LimitKind kind : kKinds) {
    for (const Row& row : kRows) {
      for (const size_t count : {1, 2, 4, 8}) Saturate(kind, row, count, count);
    }
  }
}

// All want more than there is, and messages of some take longer than those of others.
void ShareEvenly(LimitKind kind, const Limit& limit, size_t count) {
  SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << ", " << limit.rate.tokens
                                  << " tokens of " << limit.burst << ", " << count << " gateways");
  Gateways gateways(Only(kind, limit), count, static_cast<unsigned>(count));
  for (size_t i = 0; i < count; ++i) {
    constexpr int64_t kOneWay[] = {200'000, Ms(1), Ms(5)};
    gateways.all[i]->one_way = kOneWay[i % 3];
  }
  const auto play = [&](int64_t time) {
    for (const Instant end = gateways.now + time; gateways.now < end; gateways.Step()) {
      for (auto& gateway : gateways.all) gateways.Saturate(*gateway, {});
    }
  };
  // Until what was saved up is gone, and 30 tokens each.
  play(kSecond + Allowed(limit, 0) * limit.rate.period / limit.rate.tokens / 4);
  std::vector<int64_t> before;
  for (const auto& gateway : gateways.all) before.push_back(gateway->started);
  const int64_t time = std::max(3 * kSecond, static_cast<int64_t>(count) * 30 * kSecond / limit.rate.tokens);
  play(time);
  const double share = static_cast<double>(Allowed(limit, time) - limit.burst) / static_cast<double>(count);
  double all = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto started = static_cast<double>(gateways.all[i]->started - before[i]);
    EXPECT_GE(started, 0.6 * share) << "gateway " << i;
    all += started;
  }
  EXPECT_GE(all, 0.95 * share * static_cast<double>(count));
}

TEST(Sharing, GivesEachGatewayItsPartHoweverFarItIs) {
  for (const auto& [rate, burst] : {std::pair{20, 20}, {20, 40}, {100, 200}, {400, 400}, {2000, 2000}}) {
    for (const size_t count : kSlow ? std::vector<size_t>{2} : std::vector<size_t>{2, 4, 8})
      ShareEvenly(LimitKind::kAccount, PerSecond(rate, burst), count);
  }
}

TEST(Sharing, UsesALimitWhoseBurstIsSmall) {
  for (const auto& [rate, burst] : {std::pair{1000, 5}, {1000, 2}, {5000, 10}}) {
    SCOPED_TRACE(burst);
    Gateways gateways(Only(LimitKind::kAccount, PerSecond(rate, burst)), 2, 1);
    gateways.step = kMillisecond / 20;
    for (auto& gateway : gateways.all) gateway->one_way = kMillisecond / 5;
    for (const Instant end = gateways.now + 2 * kSecond; gateways.now < end; gateways.Step()) {
      for (auto& gateway : gateways.all) gateways.Saturate(*gateway, {});
    }
    EXPECT_GE(gateways.Started(), rate * 2 * 95 / 100);
  }
}

TEST(Sharing, LetsOneGatewayUseALimitThatOthersDoNot) {
  for (const LimitKind kind : kKinds) {
    for (const Row& row : kRows) Saturate(kind, row, 8, 1);
  }
}

TEST(Sharing, HoldsNobodyForLongWhoIsWithinTheLimit) {
  for (const LimitKind kind : kKinds) {
    Gateways gateways(Only(kind, PerSecond(400, 400)), 4, 1);
    const Instant begin = gateways.now;
    for (int step = 0; gateways.now < begin + 3 * kSecond; ++step) {
      // 320 a second, which meet now and then.
      if (step % 50 < 8) gateways.Offer(*gateways.all[static_cast<size_t>(step) % 2], {});
      gateways.Step();
    }
    for (int i = 0; i < 100; ++i) gateways.Step();
    for (const auto& gateway : gateways.all) {
      EXPECT_EQ(gateway->refused, 0);
      EXPECT_LE(gateway->longest_held, Ms(22)) << "a pause and a round";
      EXPECT_TRUE(gateway->held.empty());
    }
  }
}

TEST(Sharing, GivesTheOnlyTokenOfADayToOne) {
  for (const LimitKind kind : kKinds) {
    Gateways gateways(Only(kind, {{1, kDay}, 1}), 4, 1);
    const auto play = [&] {
      for (int step = 0; step < 3000; ++step) {
        for (auto& gateway : gateways.all) gateways.Saturate(*gateway, {}, 2);
        gateways.Step();
      }
    };
    for (int64_t day = 1; day <= 3; ++day) {
      play();
      EXPECT_EQ(gateways.Started(), day);
      gateways.now += kDay - 1500 * kMillisecond;
    }
  }
}

TEST(Sharing, HandsOnWhatIsGivenBack) {
  for (const LimitKind kind : kKinds) {
    Gateways gateways(Only(kind, {{1, kDay}, 10}), 2, 1);
    SCOPED_TRACE(static_cast<int>(kind));
    // Its caller goes away before the tokens come.
    gateways.Offer(*gateways.all[0], {.cost = 5, .deadline = gateways.now + 1});
    gateways.all[0]->held.clear();
    for (int i = 0; i < 60; ++i) gateways.Step();
    EXPECT_EQ(gateways.shared.granted(), 5);
    gateways.Offer(*gateways.all[1], {.cost = 6});
    for (int i = 0; i < 300; ++i) gateways.Step();
    EXPECT_EQ(gateways.Started(), 0) << "only five are left";
    for (int i = 0; i < 2500; ++i) gateways.Step();
    EXPECT_EQ(gateways.shared.granted(), 0);
    gateways.Offer(*gateways.all[1], {.cost = 10});
    for (int i = 0; i < 60; ++i) gateways.Step();
    EXPECT_EQ(gateways.Started(), 1);
  }
}

TEST(Sharing, GoesOnWhileTheSharedBucketIsAway) {
  for (const LimitKind kind : kKinds) {
    for (const size_t count : {1, 2, 4, 8}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(kind) << " " << count);
      const Limit limit = PerSecond(400, 80);
      Gateways gateways(Only(kind, limit), count, 3);
      const auto play = [&](int64_t time) {
        const int64_t before = gateways.Started();
        for (const Instant end = gateways.now + time; gateways.now < end; gateways.Step()) {
          for (auto& gateway : gateways.all) gateways.Saturate(*gateway, {});
        }
        return gateways.Started() - before;
      };
      const auto part = static_cast<int>(kWhole / count);
      int64_t whole = play(2 * kSecond);
      EXPECT_LE(whole, Allowed(limit, 2 * kSecond));
      gateways.away = true;
      gateways.Use(Supply::kAlone, part);
      const int64_t alone = play(2 * kSecond);
      EXPECT_LE(alone, Allowed(limit, 2 * kSecond)) << "what was leased, and each its share";
      EXPECT_GE(alone, 760);
      gateways.away = false;
      gateways.Use(Supply::kLeased, kWhole);
      whole += play(2 * kSecond);
      EXPECT_LE(whole, Allowed(limit, 6 * kSecond)) << "from the shared bucket";
      EXPECT_GE(whole, 2 * 760);
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
