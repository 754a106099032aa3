// A certificate's times.
#pragma once

#include <openssl/asn1.h>

#include <ctime>

#include "absl/time/time.h"

namespace blooio::gateway {

// InfinitePast for what OpenSSL cannot read.
inline absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? absl::FromTimeT(timegm(&parts)) : absl::InfinitePast();
}

}  // namespace blooio::gateway
