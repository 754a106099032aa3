// Takes our own key out of what an upstream says: one that complains about a key
// may repeat it, and complaints are quoted to callers and logs.
//
//   MaskKey(key.Reveal(), body);   // {"error":"Invalid key ***"}
//
// Found are the whole key and what is left of it when its end was cut off, 8
// characters or more, in whatever case and however JSON or URLs spell it: "\/",
// "\u002b", "%2B". An upstream that wants to give a key away can disguise it
// further; this is about those that do not mean to. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

// Replaces each occurrence in `text` by "***".
void MaskKey(std::string_view key, std::string& text);

}  // namespace blooio::gateway
