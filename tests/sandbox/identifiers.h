// Shapes that the API pages give to values: phone numbers, e-mail addresses,
// keys; and counting of characters.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace blooio::sandbox {

// E.164: "+", a digit from 1 to 9, then 6 to 14 more digits.
bool IsPhone(std::string_view text);

// Text, "@", text; no commas, blanks or control
// characters, and exactly one "@".
bool IsEmail(std::string_view text);

// A phone number or an e-mail address: what the API calls an identifier.
bool IsIdentifier(std::string_view text);

// The form in which two spellings of one identifier are equal: e-mail
// addresses in lower case.
std::string Canonical(std::string_view identifier);

// Without doubles, each as it was first spelled, in the order of appearance.
std::vector<std::string> DistinctIdentifiers(const std::vector<std::string>& identifiers);

// One text per set of people, whatever their order.
std::string ParticipantKey(const std::vector<std::string>& identifiers);

// 1 to 255 visible ASCII characters.
bool IsIdempotencyKey(std::string_view text);

bool IsHttpsUrl(std::string_view text);
// https or http.
bool IsWebUrl(std::string_view text);

bool IsUtf8(std::string_view text);

// Number of code points of well-formed UTF-8.
size_t CodePoints(std::string_view text);

}  // namespace blooio::sandbox
