// How Kubernetes names a service account in the tokens that it issues:
// "system:serviceaccount:<namespace>:<name>".
#pragma once

#include <string_view>

namespace blooio::gateway {

// Whether `text` is such a name: the namespace is a DNS label of up to 63 characters,
// the name a DNS subdomain of up to 253 (RFC 1123), both in lower case.
bool IsServiceAccount(std::string_view text);

}  // namespace blooio::gateway
