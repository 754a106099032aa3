// The commands and their options, as data.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace blooio::client {

enum class OptionKind {
  kSwitch,    // stands alone
  kValue,     // one value, given at most once
  kRepeated,  // any number of values
};

struct OptionSpec {
  std::string_view name;  // with dashes, without the leading ones
  OptionKind kind;
  std::string_view value;  // what the help calls the value
  std::string_view help;
};

struct CommandSpec {
  std::string_view words;  // what is typed, such as "group create"
  std::string_view positionals;
  size_t min_positionals;
  size_t max_positionals;
  std::string_view help;
  absl::Span<const OptionSpec> options;
};

// The command of exactly these words, or null.
const CommandSpec* FindCommand(std::string_view words);

// Whether some command begins with these words and goes on.
bool BeginsCommand(std::string_view words);

// What `--help` prints: everything, or one command's part.
std::string HelpText(std::string_view command);

}  // namespace blooio::client
