// Writes a validated request as one REST call, straight from the message: no
// DOM, no JSON library. The same message always gives the same bytes.
//
// Precondition: Validate(route, request) found nothing. The header with the
// idempotency key is not written here: the pipeline derives that key.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "service/transcoding/route.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

struct WriteOptions {
  // Fields marked `header_or_body` travel in the body (accounts[].v2.from_number_in_body).
  bool headers_into_body = false;
};

// The text that stands for a field in a path, before encoding; a list joined
// with commas. Empty when the field is not set.
std::string SegmentText(const FieldPlan& plan, const google::protobuf::Message& message);

RestRequest WriteRequest(const Route& route, const google::protobuf::Message& request,
                         const WriteOptions& options = {});

}  // namespace blooio::gateway
