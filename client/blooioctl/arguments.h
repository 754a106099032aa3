// The command line: which command, with which options.
//
// Commands and their options are a table; flags that every command knows are
// absl flags, which may stand anywhere on the line. Names may be written with
// dashes or underscores, values as `--name value` or `--name=value`; what
// follows `--` is positional.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace blooio::client {

// One command line, understood.
struct Invocation {
  // The option's value, if it was given.
  std::optional<std::string> Find(std::string_view option) const;
  // All its values, in the order given.
  std::vector<std::string> All(std::string_view option) const;
  bool Has(std::string_view option) const { return options.contains(option); }

  std::string command;  // such as "group create"; empty: none was given
  std::vector<std::string> positionals;
  std::map<std::string, std::vector<std::string>, std::less<>> options;  // by name with dashes
  bool help = false;
  bool version = false;
};

// Reads the arguments after the program's name and sets the absl flags found
// among them. An InvalidArgument error is a sentence for the user; `--help`
// and `--version` make missing arguments no error.
absl::StatusOr<Invocation> ParseArguments(absl::Span<const std::string_view> arguments);

}  // namespace blooio::client
