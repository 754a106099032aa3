// Writes the fields of a message as plain JSON: 64-bit integers as numbers,
// enums as lower-case text, unions without wrapper, Struct as it is. Unset
// optional, empty repeated and unset oneof fields are left out.
//
// Not for replies to callers: this is Blooio's JSON, not proto JSON.
#pragma once

#include <span>
#include <string>

#include "google/protobuf/message.h"
#include "service/transcoding/plan.h"

namespace blooio::gateway {

// Appends an object of those of `fields` that are set in `message`.
void AppendJsonObject(std::span<const FieldPlan* const> fields, const google::protobuf::Message& message,
                      std::string& out);

// Appends one scalar as text without quotes, as a query wants it: a number,
// "true", an enum's text, or the text itself. `index` < 0 for a singular field.
void AppendScalarText(const FieldPlan& plan, const google::protobuf::Message& message, int index,
                      std::string& out);

// Whether the field would be written: present, or not empty for repeated.
bool IsWritten(const FieldPlan& plan, const google::protobuf::Message& message);

}  // namespace blooio::gateway
