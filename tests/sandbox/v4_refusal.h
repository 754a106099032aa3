// How v4 says 422.
//
// Threads: pure function.
#pragma once

#include "tests/sandbox/errors.h"
#include "tests/sandbox/fields.h"

namespace blooio::sandbox {

// Unknown fields have the code "unknown_fields"; everything else has `code`.
// The details name the field and the problem.
inline HttpResponse RefuseV4(const Violation& violation, std::string_view code = "validation_failed") {
  const bool unknown = violation.problem == Violation::Problem::kUnknown;
  return V4Error(422, unknown ? "unknown_fields" : code, violation.message,
                 {{"field", violation.path}, {"problem", ProblemName(violation.problem)}});
}

}  // namespace blooio::sandbox
