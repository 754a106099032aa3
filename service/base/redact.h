// Makes text from outside fit to be quoted in a status message or a log line.
// Pure functions; what they return holds no whole phone number or e-mail
// address, however it is spelled, and masks rather too much than too little.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace blooio::gateway {

// Replaces runs that look like phone numbers ("+15551234567", "(555) 123-4567":
// seven digits or more) by "+1***67" and e-mail addresses by "j***@***".
// Percent-encoded printable ASCII is decoded first: an address in a URL is one.
std::string MaskIdentifiers(std::string_view text);

// One line for people: UTF-8 repaired, control characters, line breaks and runs
// of blanks each made one blank, invisible characters removed, identifiers
// masked, at most `max_bytes` long and cut between characters.
std::string QuoteForPeople(std::string_view text, size_t max_bytes = 300);

// `text` if it is an identifier-like word ([A-Za-z0-9_.-], at most 64
// characters, no phone number), else empty: for codes that become labels.
std::string SafeCode(std::string_view text);

}  // namespace blooio::gateway
