#include "service/telemetry/trace_parent.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(TraceParentTest, NamesItsTrace) {
  for (const char* valid :
       {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings"}) {
    EXPECT_EQ(TraceId(valid), kTrace) << valid;
  }
}

TEST(TraceParentTest, OfAnyOtherShapeNamesNone) {
  for (const char* invalid : {"",
                              "00",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
                              "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
                              "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                              "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                              "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                              "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
                              "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e473/-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e473:-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e473`-00f067aa0ba902b7-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01",
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"}) {
    EXPECT_EQ(TraceId(invalid), "") << invalid;
  }
}

}  // namespace
}  // namespace blooio::gateway
