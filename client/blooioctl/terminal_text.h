// Makes text from elsewhere safe to show.
//
// What a server sends may hold escape sequences that recolour, retitle or
// rewrite a terminal, or marks that reorder what is read. All of it is shown as
// an escape instead.
#pragma once

#include <string>
#include <string_view>

namespace blooio::client {

// The text with control characters (C0, DEL, C1), line and paragraph separators
// and direction marks written as \n, \t, \r or \u001b, and every byte that is
// not part of well-formed UTF-8 as \xff. Everything else stays as it is, so JSON
// that is well-formed UTF-8 stays the same JSON.
std::string EscapeForTerminal(std::string_view text);

// The same, but line feeds stay: for text that is laid out in lines.
std::string EscapeLinesForTerminal(std::string_view text);

}  // namespace blooio::client
