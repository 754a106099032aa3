#include "service/errors/gateway_error.h"

#include <gtest/gtest.h>

#include "tests/unit/errors/error_details.h"

namespace blooio::gateway {
namespace {

using google::rpc::Code;

TEST(ErrorBuilderTest, HasExactlyOneErrorInfoOfOurDomain) {
  const GatewayError error = ErrorBuilder(Code::NOT_FOUND, v1::ERROR_REASON_UPSTREAM_NOT_FOUND, "No.")
                                 .Fact("http_status", "404")
                                 .Fact("upstream_code", "")
                                 .Build();
  ASSERT_EQ(error.status.details_size(), 1);
  EXPECT_EQ(ReasonOf(error), "UPSTREAM_NOT_FOUND");
  EXPECT_EQ(FactsOf(error), (std::map<std::string, std::string>{{"http_status", "404"}}));
  EXPECT_EQ(error.pushback_ms, kDoNotRepeat);
}

TEST(ErrorBuilderTest, EveryReasonHasAName) {
  for (int i = 1; i < v1::ErrorReason_ARRAYSIZE; ++i) {
    const std::string name = ReasonName(static_cast<v1::ErrorReason>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_EQ(name.find("ERROR_REASON"), std::string::npos);
  }
}

TEST(ErrorBuilderTest, StaysBelowFourKibibytesAndCountsWhatItLeavesOut) {
  google::rpc::BadRequest violations;
  for (int i = 0; i < 16; ++i) {
    auto* violation = violations.add_field_violations();
    violation->set_field(std::string(400, 'f'));
    violation->set_description(std::string(100, 'd'));
  }
  const GatewayError error =
      ErrorBuilder(Code::INVALID_ARGUMENT, v1::ERROR_REASON_INVALID_REQUEST, std::string(5000, 'm'))
          .Fact("account", std::string(1000, 'a'))
          .BadRequest(violations, 3)
          .Build();
  EXPECT_LT(error.status.ByteSizeLong(), 4096u);
  const auto kept = DetailOf<google::rpc::BadRequest>(error);
  ASSERT_TRUE(kept.has_value());
  EXPECT_GT(kept->field_violations_size(), 0);
  EXPECT_EQ(FactsOf(error)["more_violations"], std::to_string(3 + 16 - kept->field_violations_size()));
}

TEST(ErrorBuilderTest, ForecastsAreClamped) {
  class None : public Randomness {
    uint64_t Next() override { return 0; }
  } none;
  auto pushback = [&](absl::Duration forecast) {
    return ErrorBuilder(Code::UNAVAILABLE, v1::ERROR_REASON_GATEWAY_OVERLOADED, "x")
        .RepeatAfter(forecast, none)
        .Build()
        .pushback_ms;
  };
  EXPECT_EQ(pushback(absl::ZeroDuration()), 50);
  EXPECT_EQ(pushback(absl::Milliseconds(200)), 200);
  EXPECT_EQ(pushback(absl::Hours(5)), 600000);
}

}  // namespace
}  // namespace blooio::gateway
