// Many callers that want more than there is: what each gets, and whether what the
// refused ones are told is kept.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "tests/integration/harness/crowd.h"
#include "tests/integration/harness/sanitized.h"
#include "tests/integration/limits_world.h"

namespace blooio::integration {
namespace {

class ContentionTest : public LimitsWorld {
 protected:
  CrowdMember Member(const std::string& name, int at_once) const {
    return {.token = Token(name), .at_once = at_once};
  }
};

// Callers of weights 1, 2 and 5, of whom nobody or nearly everybody is refused, and by
// how much their parts may differ from that.
struct Wait {
  const char* name;
  const char* max_wait;
  double error;
};

class WeightsTest : public ContentionTest, public ::testing::WithParamInterface<Wait> {};

TEST_P(WeightsTest, ShareAContendedAccount) {
  if (kSanitized) GTEST_SKIP() << "callers that a sanitizer slows down do not want all of their shares";
  constexpr int kRate = 400;
  options_.account = absl::StrCat("rate_limit: { requests_per_second: ", kRate,
                                  ", burst: 100 }, max_wait: ", GetParam().max_wait);
  options_.flags = {"--log-level", "error"};
  callers_ = {{"one", "weight: 1"}, {"two", "weight: 2"}, {"five", "weight: 5"}};
  Start();
  Crowd crowd({gateway_->address()}, {Member("one", 32), Member("two", 32), Member("five", 64)});
  crowd.RunFor(absl::Seconds(4));
  const absl::Time until = absl::Now();
  const std::vector<CrowdCall> calls = crowd.End();
  // When all of them were there, until they leave.
  const absl::Time from = calls.front().ended + absl::Milliseconds(500);
  const auto served = [&](size_t member) {
    return static_cast<double>(CountIf(calls, [&](const CrowdCall& call) {
      return call.what == "OK" && call.member == member && call.ended >= from && call.ended < until;
    }));
  };
  const double all = served(0) + served(1) + served(2);
  EXPECT_GE(all, kRate) << "enough to tell\n" << Summary(calls);
  const int weights[] = {1, 2, 5};
  for (size_t member = 0; member < 3; ++member) {
    const double part = weights[member] / 8.0;
    EXPECT_NEAR(served(member) / all, part, part * GetParam().error)
        << served(member) << " of " << all << " for weight " << weights[member];
  }
}

INSTANTIATE_TEST_SUITE_P(Waits, WeightsTest,
                         ::testing::Values(Wait{"WithoutRefusals", "5s", 0.05},
                                           Wait{"WithRefusals", "100ms", 0.25}),
                         [](const auto& row) { return std::string(row.param.name); });

// Whose limit it is that two callers run into, while a third one hammers; and how
// many calls each of them begins with.
struct Row {
  const char* name;
  const char* account;
  const char* caller;
  int calls;
};

constexpr char kEnough[] = "rate_limit: { requests_per_second: 500, burst: 500 }";
constexpr Row kRows[] = {
    {"Account", "rate_limit: { requests_per_second: 200, burst: 20 }, max_wait: 50ms", "", 70},
    {"AccountWithoutWaiting", "rate_limit: { requests_per_second: 200, burst: 20 }, max_wait: 0s", "", 70},
    {"SlowAccount", "rate_limit: { requests_per_second: 20, burst: 4 }", "", 12},
    {"Caller", kEnough, "rate_limit: { requests_per_second: 60, burst: 20 }", 70},
    {"Method", kEnough,
     "method_limits: [{ method: blooio.v4.GroupsService/ListGroups, "
     "rate_limit: { requests_per_second: 60, burst: 20 } }]",
     70},
    {"AllOfThem", "rate_limit: { requests_per_second: 200, burst: 20 }",
     "rate_limit: { requests_per_second: 60, burst: 20 }, "
     "method_limits: [{ method: blooio.v4.GroupsService/ListGroups, "
     "rate_limit: { requests_per_second: 50, burst: 20 } }]",
     70},
};

class PromisesTest : public ContentionTest, public ::testing::WithParamInterface<Row> {};

TEST_P(PromisesTest, EveryRefusedCallIsTakenWhenItWasTold) {
  if (kSanitized) GTEST_SKIP() << "callers that a sanitizer slows down come later than they were told";
  const Row& row = GetParam();
  options_.account = row.account;
  options_.flags = {"--log-level", "error"};
  callers_ = {{"first", row.caller}, {"second", row.caller}, {"hammer"}};
  Start();
  Crowd hammer({gateway_->address()}, {Member("hammer", 16)});
  ASSERT_TRUE(hammer.Await(100));
  std::vector<CrowdMember> members = {Member("first", row.calls), Member("second", row.calls)};
  for (CrowdMember& member : members) {
    member.calls = 1;
    member.pause = std::nullopt;
  }
  Crowd crowd({gateway_->address()}, members);
  ASSERT_TRUE(crowd.AwaitAll());
  const std::vector<CrowdCall> calls = crowd.End();
  hammer.End();
  EXPECT_EQ(Count(calls, "OK"), 2 * row.calls) << Summary(calls);
  EXPECT_GE(CountIf(calls, [](const CrowdCall& call) { return call.refusals == 1; }), row.calls)
      << "at least half of them were refused at first";
  for (const CrowdCall& call : calls) {
    if (call.what == "OK") continue;
    // The gateway keeps its word for a second; a machine may stand still for longer.
    if (call.late + (call.ended - call.began) > absl::Milliseconds(500)) continue;
    EXPECT_TRUE(call.told.has_value()) << call.what;
    EXPECT_EQ(call.refusals, 0) << call.what << " again, and told "
                                << call.told.value_or(absl::InfiniteDuration());
  }
}

INSTANTIATE_TEST_SUITE_P(Limits, PromisesTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace blooio::integration
