// Puts one JSON scalar into one field, leniently: the only place that decides
// which JSON type fits which proto type.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "service/transcoding/drift.h"
#include "service/transcoding/plan.h"

namespace blooio::gateway {

// A JSON scalar; monostate is null.
using JsonScalar = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string>;

// Sets (or, for a repeated field, adds) `value`. A value of the wrong type is
// dropped and counted; null is absent.
void SetScalar(const FieldPlan& plan, google::protobuf::Message* message, JsonScalar value,
               DriftCounts& drift);

// The same for google.protobuf.Value, which takes everything, null included.
void SetValue(google::protobuf::Value* out, JsonScalar value);

}  // namespace blooio::gateway
