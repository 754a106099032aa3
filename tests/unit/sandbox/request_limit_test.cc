#include "tests/sandbox/request_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/sandbox/test_request.h"

namespace blooio::sandbox {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr char kLimit[] = "/__sandbox/rate_limit";

class RequestLimitTest : public testing::Test {
 protected:
  void Set(int64_t per_second, int64_t burst, bool per_key = false) {
    limit_.Set(RequestLimit::Rate{per_second, burst, per_key});
  }
  // 0 when it is allowed.
  int64_t Refuse(const std::string& key = "a") { return limit_.Refuse(key).value_or(0); }

  int64_t now_ = 12345;
  RequestLimit limit_{[this] { return now_; }};
};

TEST_F(RequestLimitTest, AllowsTheBurstThenOneATokenToTheNanosecond) {
  Set(3, 2);
  EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 1);
  now_ += kSecond / 3;
  EXPECT_EQ(Refuse(), 1) << "a third of a nanosecond is missing";
  now_ += 1;
  EXPECT_EQ(Refuse(), 0);
  now_ += kSecond / 3;
  EXPECT_EQ(Refuse(), 0) << "it had two thirds of a nanosecond too much";
  EXPECT_EQ(limit_.counts().allowed, 4);
  EXPECT_EQ(limit_.counts().refused, 2);
}

TEST_F(RequestLimitTest, HoldsNoMoreThanTheBurstHoweverLongThePause) {
  Set(RequestLimit::kMost, 3);
  now_ = int64_t{1} << 61;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Refuse(), 0);
  now_ += int64_t{1} << 61;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 1);
}

TEST_F(RequestLimitTest, IsNotFullANanosecondTooEarly) {
  Set(3, 2);
  EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 0);
  now_ += 2 * kSecond / 3;
  EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 1);
}

TEST_F(RequestLimitTest, RefusesForWholeSecondsRoundedUp) {
  Set(1, 1);
  EXPECT_EQ(Refuse(), 0);
  EXPECT_EQ(Refuse(), 1) << "one second exactly";
  now_ += kSecond - 1;
  EXPECT_EQ(Refuse(), 1) << "a nanosecond";
  now_ += 1;
  EXPECT_EQ(Refuse(), 0);
}

TEST_F(RequestLimitTest, KeysHaveOneBucketOrEachItsOwn) {
  Set(1, 1);
  EXPECT_EQ(Refuse("a"), 0);
  EXPECT_EQ(Refuse("b"), 1);
  Set(1, 1, /*per_key=*/true);
  EXPECT_EQ(Refuse("a"), 0) << "setting it fills it";
  EXPECT_EQ(Refuse("b"), 0);
  EXPECT_EQ(Refuse("a"), 1);
}

TEST_F(RequestLimitTest, AnyWindowAllowsNoMoreThanBurstAndRateTimesTime) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    const int64_t rate = std::uniform_int_distribution<int64_t>(1, 5000)(random);
    const int64_t burst = std::uniform_int_distribution<int64_t>(1, 40)(random);
    Set(rate, burst);
    std::vector<int64_t> allowed;
    for (int i = 0; i < 300; ++i) {
      now_ += std::uniform_int_distribution<int64_t>(0, 2 * kSecond / rate)(random) / (i % 7 == 0 ? 1 : 5);
      if (Refuse() == 0) allowed.push_back(now_);
    }
    for (size_t from = 0; from < allowed.size(); ++from) {
      for (size_t to = from; to < allowed.size(); ++to) {
        const int64_t window = allowed[to] - allowed[from];
        ASSERT_LE(static_cast<int64_t>(to - from + 1), burst + rate * window / kSecond);
      }
    }
  }
}

TEST_F(RequestLimitTest, ASteadyCallerAtTheRateIsNeverRefused) {
  Set(7, 1);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(Refuse(), 0) << i;
    now_ += (kSecond + 6) / 7;
  }
}

TEST(ReadRateTest, TakesTwoNumbers) {
  EXPECT_EQ(ReadRate("100/20"), (RequestLimit::Rate{100, 20}));
  EXPECT_EQ(ReadRate("1/1000000"), (RequestLimit::Rate{1, 1'000'000}));
  for (const char* bad :
       {"", "1", "/", "1/", "/1", "0/1", "1/0", "1/1000001", "1/2/3", "1.5/2", "-1/2", " 1/2"}) {
    EXPECT_EQ(ReadRate(bad), std::nullopt) << bad;
  }
}

TEST(RateLimitTest, RefusesWithoutCodeAndWithRetryAfter) {
  for (const char* errors : {"newer", "seed"}) {
    Caller caller;
    caller.Post("/__sandbox/options", std::string(R"({"v2_errors":")") + errors + R"("})");
    caller.Post(kLimit, R"({"requests_per_second":1,"burst":1})");
    EXPECT_EQ(caller.Get("/v4/groups").status, 200);
    for (const char* target : {"/v4/groups", "/v4/me", "/v2/api/me"}) {
      const HttpResponse refused = caller.Get(target);
      EXPECT_EQ(refused.status, 429) << target;
      EXPECT_EQ(HeaderValues(refused.headers, "Retry-After"), std::vector<std::string_view>{"1"});
      const Json body = Parsed(refused);
      EXPECT_FALSE(body.contains("code")) << body;
      EXPECT_TRUE(body["error"].is_string()) << body;
      EXPECT_EQ(body["status"], 429);
    }
    caller.steady_ns += kSecond;
    EXPECT_EQ(caller.Get("/v4/groups").status, 200);
  }
}

TEST(RateLimitTest, TakesOnlyRequestsThatTheApiKnows) {
  Caller caller;
  caller.Post(kLimit, R"({"requests_per_second":1,"burst":1})");
  HttpRequest stranger = MakeRequest("GET", "/v4/groups");
  stranger.headers.clear();
  EXPECT_EQ(caller.Handle(stranger).response.status, 401);
  EXPECT_EQ(caller.Get("/v4/nothing").status, 404);
  caller.Post("/__sandbox/faults", R"({"fault":{"status":503}})");
  EXPECT_EQ(caller.Get("/v4/groups").status, 503);
  EXPECT_EQ(caller.Post("/v4/groups", "{").status, 400);
  EXPECT_EQ(caller.Post("/v4/groups", "{").status, 429) << "the invalid one counted";
  EXPECT_EQ(caller.Count("groups"), Caller().Count("groups"));
}

TEST(RateLimitTest, IsSetShownAndRemoved) {
  Caller caller;
  caller.Get("/v4/groups");
  EXPECT_EQ(Parsed(caller.Get(kLimit)), Json::parse(R"({"limit":null,"allowed":1,"refused":0})"));
  const Json set =
      Json::parse(R"({"limit":{"requests_per_second":5,"burst":1,"per_key":true},"allowed":0,"refused":0})");
  EXPECT_EQ(Parsed(caller.Post(kLimit, R"({"requests_per_second":5,"burst":1,"per_key":true})")), set);
  caller.Get("/v4/groups");
  caller.Get("/v4/groups");
  const Json shown = Parsed(caller.Get(kLimit));
  EXPECT_EQ(shown["allowed"], 1);
  EXPECT_EQ(shown["refused"], 1);
  for (const char* bad :
       {"", "[]", "{}", R"({"burst":1})", R"({"requests_per_second":0,"burst":1})",
        R"({"requests_per_second":1,"burst":1000001})", R"({"requests_per_second":1.5,"burst":1})",
        R"({"requests_per_second":1,"burst":1,"per":"key"})"}) {
    EXPECT_EQ(caller.Post(kLimit, bad).status, 400) << bad;
  }
  EXPECT_TRUE(Parsed(caller.Handle(MakeRequest("DELETE", kLimit)).response)["limit"].is_null());
  EXPECT_EQ(caller.Get("/v4/groups").status, 200);
}

TEST(RateLimitTest, ResetGoesBackToTheFirstRate) {
  Caller caller;
  caller.sandbox.api().first_rate = RequestLimit::Rate{2, 3};
  caller.Post(kLimit, R"({"requests_per_second":1,"burst":1})");
  caller.Post("/__sandbox/reset", "");
  EXPECT_EQ(Parsed(caller.Get(kLimit))["limit"]["burst"], 3);
}

}  // namespace
}  // namespace blooio::sandbox
