// The shapes of texts that FieldRules.shape names. Pure functions.
#pragma once

#include <string_view>

#include "blooio/rest/v1/annotations.pb.h"

namespace blooio::gateway {

bool HasShape(std::string_view text, rest::v1::Shape shape);

// What the shape wants, to follow "has to be": "a phone number such as ...".
std::string_view DescribeShape(rest::v1::Shape shape);

// Only 0x21 to 0x7e: fit for a header, no way to start another one.
bool IsVisibleAscii(std::string_view text);

}  // namespace blooio::gateway
