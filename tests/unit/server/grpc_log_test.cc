#include "service/server/grpc_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What gRPC 1.51 was seen to write, and what of it may be told.
TEST(GrpcLogTest, TellsNothingThatAPeerHasSent) {
  const struct {
    std::string_view message;
    std::string_view told;
  } kCases[] = {
      {"Error parsing metadata: error=invalid value key=grpc-timeout value=Bearer tok-SECRET",
       "Error parsing metadata"},
      {"Error parsing metadata: error=invalid value key=te value=SECRET", "Error parsing metadata"},
      {"Handshake failed with fatal error SSL_ERROR_SSL: error:0A00009C:SSL routines::http request.",
       "Handshake failed with fatal error SSL_ERROR_SSL: error:0A00009C:SSL routines::http request."},
      {"Handshake failed with fatal error SSL_ERROR_SSL: SECRET", "Handshake failed"},
      {"Whatever a later gRPC may say of SECRET", ""},
      {"SECRET Error parsing metadata: ", ""},
      {"", ""},
  };
  for (const auto& [message, told] : kCases) EXPECT_EQ(TellablePart(message), told) << message;
}

// What is logged of errors with `message`, each in one place of gRPC's source.
std::string Logged(const char* message, int times, gpr_log_severity severity = GPR_LOG_SEVERITY_ERROR) {
  ::testing::internal::CaptureStderr();
  StartLog(LogLevel::kDebug);
  gpr_log_func_args args = {"./src/core/lib/transport/parsed_metadata.cc", 42, severity, message};
  for (int i = 0; i < times; ++i) LogGrpcError(&args);
  StopLog();
  return ::testing::internal::GetCapturedStderr();
}

TEST(GrpcLogTest, NamesThePlaceOfWhatItDoesNotKnow) {
  const std::string line = Logged("value=Bearer tok-SECRET", 1);
  EXPECT_THAT(line, HasSubstr(R"("event":"grpc")"));
  EXPECT_THAT(line, HasSubstr(R"("source":"parsed_metadata.cc:42")"));
  EXPECT_THAT(line, Not(HasSubstr("SECRET")));
}

TEST(GrpcLogTest, LeavesToItselfWhatIsNoError) {
  EXPECT_EQ(Logged("Error parsing metadata: x", 1, GPR_LOG_SEVERITY_INFO), "");
}

TEST(GrpcLogTest, IsNoWayToFloodTheLog) {
  const uint64_t before = GrpcLines().left_out();
  const std::string lines = Logged("Error parsing metadata: x", 1000);
  const auto count = static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
  // The thousand may take more than a second.
  EXPECT_LT(count, 500u);
  EXPECT_EQ(count + GrpcLines().left_out() - before, 1000u);
}

}  // namespace
}  // namespace blooio::gateway
