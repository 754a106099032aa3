// Flags are written with dashes (--log-level); abseil's names have underscores.
#pragma once

#include <string_view>

namespace blooio::gateway {

// Turns the dashes inside flag names of `argv` into underscores, in place;
// values and everything behind "--" stay as they are. Before ParseCommandLine.
inline void NormalizeFlagNames(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return;
    if (!word.starts_with("--")) continue;
    for (size_t j = 2; j < word.size() && word[j] != '='; ++j) {
      if (word[j] == '-') argv[i][j] = '_';
    }
  }
}

}  // namespace blooio::gateway
