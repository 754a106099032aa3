// What reflection answers: of the protos that this program is linked with.
#pragma once

#include <string>
#include <vector>

#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace blooio::gateway {

// `services`: the names of those that are served. Thread-safe.
grpc::reflection::v1alpha::ServerReflectionResponse Reflect(
    const grpc::reflection::v1alpha::ServerReflectionRequest& question,
    const std::vector<std::string>& services);

}  // namespace blooio::gateway
