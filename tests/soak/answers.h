// What the answers of a gateway promise.
#pragma once

#include <string>

#include "tests/integration/harness/caller.h"
#include "tests/soak/operation.h"

namespace blooio::soak {

// An answer other than OK. Without our ErrorInfo it says nothing: gRPC itself made it.
Word ReadWord(const integration::Result& result);

// "UNAVAILABLE UPSTREAM_UNREACHABLE"
std::string NameOf(const Word& word);

// What is wrong with such an answer to such an operation, whatever has happened; "" when
// nothing is.
std::string BrokenPromise(const Operation& operation, const Word& word);

}  // namespace blooio::soak
