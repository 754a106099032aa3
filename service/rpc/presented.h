// What a call presents to prove who makes it.
#pragma once

#include <grpcpp/grpcpp.h>

#include "service/identity/identifier.h"

namespace blooio::gateway {

// The views live as long as `context`. Certificates are looked for only
// `with_certificates`: on a listener that asks for them.
Presented ReadPresented(const grpc::ServerContext& context, bool with_certificates);

}  // namespace blooio::gateway
