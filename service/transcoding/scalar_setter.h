// Puts one JSON scalar into one field, leniently: the only place that decides
// which JSON type fits which proto type.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "service/transcoding/drift.h"
#include "service/transcoding/plan.h"

namespace blooio::gateway {

// A JSON scalar; monostate is null. Text is the parser's, for as long as the call that
// hands it over.
using JsonScalar = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string_view>;

// Sets (or, for a repeated field, adds) `value`. A value of the wrong type is
// dropped and counted; null is absent.
void SetScalar(const FieldPlan& plan, google::protobuf::Message* message, const JsonScalar& value,
               DriftCounts& drift);

// The same for google.protobuf.Value, which takes everything, null included.
void SetValue(google::protobuf::Value* out, const JsonScalar& value);

}  // namespace blooio::gateway
