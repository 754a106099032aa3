// The keys of the configuration file: telling a misspelt one from a text that
// has no business in an error message, and finding what was meant.
//
//   MightBeName("base_ur")                             // true: may be shown
//   MightBeName("bl_live_9f86d081884c7d65")            // false: may be a secret
//   NearestName("base_ur", *ApiV2Config::descriptor()) // "base_url"
//
// Thread-safety: free functions without state.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

namespace blooio::gateway {

// Whether a key of the file looks like a setting's name: up to 40 letters,
// digits, "_", "-" and ".", with no more digits than such names have. Anything
// else may be a pasted API key and is not shown.
bool MightBeName(const std::string& key);

// The field's name that differs from `key` in the fewest letters, or nothing if
// none is near.
std::string NearestName(const std::string& key, const google::protobuf::Descriptor& section);

}  // namespace blooio::gateway
