// Reads what the upstream says in the body of an error, whatever it looks like:
//
//   {"error":"…","status":404}                        v2, SEED
//   {"error":"ApiError","message":"…","code":"…"}     v2, newer; v4 auth layer
//   {"error":{"code":"…","message":"…"}}              v4 handlers
//
// or an empty body, HTML, truncated JSON, ill-formed UTF-8, 10 MB, 10,000
// levels: those give nothing, safely. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

struct UpstreamComplaint {
  // Begins like JSON, so it comes from the API and not from something before it.
  bool is_json = false;
  // A word fit for a label, or "".
  std::string code;
  // Whether a code was given at all, fit or not.
  bool has_code = false;
  // One line for people, masked (see QuoteForPeople), or "".
  std::string message;
};

UpstreamComplaint ReadComplaint(std::string_view body);

}  // namespace blooio::gateway
