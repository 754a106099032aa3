// JSON as text: what has to be right before a parser sees it, and how a string
// is written. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

// Deepest nesting of objects and arrays that is read. A deeper
// google.protobuf.Struct could not be parsed by callers: protobuf stops at 100
// levels, one JSON level costs three, and what can stand around free JSON two
// (a response_body that is a union).
inline constexpr int kMaxJsonDepth = 32;

// Makes text that a strict parser would refuse as a whole acceptable: ill-formed
// UTF-8 and escaped lone surrogates ("\ud800") become U+FFFD. Returns `json`
// itself when nothing is wrong, otherwise a view of `storage`, which receives
// the repaired copy.
std::string_view RepairJsonText(std::string_view json, std::string& storage);

// `json` with every number that no double can hold, such as 1e999, replaced by
// null: a strict parser refuses the whole text for one of them.
std::string BlankHugeNumbers(std::string_view json);

// Appends `text` as a JSON string, with quotes. Ill-formed UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace blooio::gateway
