// What a path leads through: every folder on the way and the name that is looked
// up in it, symbolic links followed as the kernel follows them.
//
//   keys/main → ..data/main, ..data → ..2026_11_21/   gives, from the root on,
//   (…, "keys") (keys, "main") (keys, "..data") (keys, "..2026_11_21") (keys/..2026_11_21, "main")
//
// A change behind the path shows as an event on one of these names, whichever
// part of it was replaced.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"

namespace blooio::gateway {

// Calls `visit(folder, name)` for each step, always before it looks at what the
// name is: who watches the folder there misses no later change. Ends at the
// first name that does not exist, and after so many links and steps as no sound
// path has. A relative path begins in the folder ".".
void WalkPath(const std::string& path,
              absl::FunctionRef<void(const std::string& folder, const std::string& name)> visit);

}  // namespace blooio::gateway
