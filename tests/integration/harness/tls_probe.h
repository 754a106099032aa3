// A TLS client that only shakes hands: what a listener shows and accepts.
#pragma once

#include <optional>
#include <string>

namespace blooio::integration {

enum class TlsVersion { k1_0, k1_1, k1_2, k1_3 };

// The serial number, hex, of the certificate that the listener at "127.0.0.1:port"
// shows on a new connection of that version; nothing when it does not shake hands.
std::optional<std::string> ServedSerialNumber(const std::string& address,
                                              TlsVersion version = TlsVersion::k1_3);

// How many certificates it sends along, its own included; 0 without a handshake.
int ServedCertificates(const std::string& address);

}  // namespace blooio::integration
