// Reading of a request target: path segments and query, with the encoding that
// the API demands.
//
// Strict on purpose: a raw "+" is a blank, in the path as in the query, so that
// a client that forgets to encode "+15550001" is found out.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blooio::sandbox {

// A target split at "?" and "/", nothing decoded.
struct Target {
  std::string_view path;
  // The segments of "/a/b" are "a" and "b"; "/a/b/" has an empty third.
  std::vector<std::string_view> segments;
  // Without the "?"; empty when there is none.
  std::string_view query;
};

// Valid as long as `raw`.
Target SplitTarget(std::string_view raw);

// Percent-decodes one segment or query part, "+" to a blank. Nothing when an
// escape is broken.
std::optional<std::string> Decode(std::string_view encoded);

using Query = std::vector<std::pair<std::string, std::string>>;

// The decoded pairs in their order. Nothing when a pair has no "=" or an escape
// is broken.
std::optional<Query> ParseQuery(std::string_view query);

}  // namespace blooio::sandbox
