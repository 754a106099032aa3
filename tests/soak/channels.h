// The connections of the callers, and calls over them that end on a queue.
//
// Threads: one at a time.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/soak/operation.h"
#include "tests/soak/world.h"

namespace blooio::soak {

class Channels {
 public:
  explicit Channels(const World& world);

  // Plain ones in turn; or the one that repeats by itself what was UNAVAILABLE.
  grpc::GenericStub& Next(size_t gateway, bool repeating);

 private:
  struct ToGateway {
    std::vector<std::unique_ptr<grpc::GenericStub>> plain;
    std::unique_ptr<grpc::GenericStub> repeating;
    size_t turn = 0;
  };
  std::array<ToGateway, kGateways> gateways_;
};

// The bytes of a message.
std::string BytesOf(const grpc::ByteBuffer& buffer);

}  // namespace blooio::soak
