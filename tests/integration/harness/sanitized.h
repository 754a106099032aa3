// What a test cannot ask of processes that a sanitizer slows down and makes large: that they
// keep up with a rate, answer within a time, or take so much memory. What they must never
// do holds with a sanitizer too.
//
//   EXPECT_LT(took, absl::Seconds(kSanitized ? 10 : 1));
#pragma once

#include <string_view>

namespace blooio::integration {

inline constexpr bool kSanitized = !std::string_view(BLOOIO_SANITIZE).empty();

}  // namespace blooio::integration
