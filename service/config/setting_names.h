// The keys of the configuration file: telling a misspelt one from a text that
// has no business in an error message, and finding what was meant.
//
//   const auto& section = *ApiV2Config::descriptor();
//   MayBeShown("base_ur", section)              // true
//   MayBeShown("bl_live_SECRETKEYabc", section) // false: may be a secret
//   NearestName("base_ur", section)             // "base_url"
//
// Thread-safety: free functions without state.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

namespace blooio::gateway {

// Whether a key of the file can only be somebody's idea of a setting's name: it
// is shorter than 16 lower-case letters and "_", or at most two letters away from
// a name that this section or another one of its file has. Anything else may be
// a pasted API key or token and is not shown.
bool MayBeShown(const std::string& key, const google::protobuf::Descriptor& section);

// The field's name that differs from `key` in the fewest letters, or nothing if
// none is near.
std::string NearestName(const std::string& key, const google::protobuf::Descriptor& section);

}  // namespace blooio::gateway
