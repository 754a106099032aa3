// What a call says about itself to those who watch over it: whom it reaches and
// from where, by the `meaning` of the request's fields. No RPC is known by name.
//
//   const RequestTraits traits = ReadTraits(route, request);
//   if (traits.recipients.size() > most) …
//
// Pure functions; the views point into the message and live as long as it.
#pragma once

#include <string_view>

#include "absl/container/inlined_vector.h"
#include "google/protobuf/message.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {

struct RequestTraits {
  // The number that it sends from and the channel that it uses; "" where the
  // request says nothing, or its RPC has no such field.
  std::string_view sender;
  std::string_view channel;
  // People, groups and chats that it reaches, in the request's order, as they
  // are written there: nothing of the request has been validated yet.
  absl::InlinedVector<std::string_view, 4> recipients;
};

RequestTraits ReadTraits(const Route& route, const google::protobuf::Message& request);

// The upstream's ids of the messages that a call made; empty for a read.
absl::InlinedVector<std::string_view, 2> ReadResultIds(const Route& route,
                                                       const google::protobuf::Message& reply);

}  // namespace blooio::gateway
