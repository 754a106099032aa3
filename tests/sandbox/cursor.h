// Opaque cursors: a position in a list, sealed so that a client can neither
// read nor make one.
//
// The text is standard base64 with padding, so it often holds "+" and "/" and
// always "=": a client that does not percent-encode it in the query is refused.
//
// Threads: const methods are safe from any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blooio::sandbox {

class CursorSealer {
 public:
  // Draws a secret; cursors of another object are not accepted.
  CursorSealer();

  // The same position always gives the same cursor.
  std::string Seal(uint64_t position) const;

  // Nothing when Seal did not make the cursor.
  std::optional<uint64_t> Open(std::string_view cursor) const;

 private:
  std::string Mac(std::string_view label, std::string_view bytes) const;

  std::string secret_;
};

}  // namespace blooio::sandbox
