#include "service/telemetry/recipient_hash.h"

namespace blooio::gateway {

RecipientHash::RecipientHash(const SecretString& key) : hmac_(key.Reveal()) {}

std::string RecipientHash::Of(std::string_view recipient) const { return Fingerprint(hmac_.Of(recipient)); }

}  // namespace blooio::gateway
