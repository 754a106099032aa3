// The requests that operations stand for, and what their replies say. A request follows
// from its operation, so that repeats are the same byte for byte.
#pragma once

#include <optional>
#include <string>

#include "tests/soak/operation.h"

namespace blooio::soak {

struct EncodedRequest {
  // "/package.Service/Method"
  std::string method;
  std::string bytes;
};

class Requests {
 public:
  // `run` tells the markers of this run from those of others.
  explicit Requests(std::string run) : run_(std::move(run)) {}

  EncodedRequest Encode(const Operation& operation) const;
  // To DeliveryService, about a send that has a key.
  EncodedRequest EncodeInquiry(const Operation& operation) const;
  // A text that nothing else has, by which the operation is found.
  std::string Marker(uint64_t number) const;
  // The operation that has this marker.
  std::optional<uint64_t> NumberOf(const std::string& marker) const;

 private:
  const std::string run_;
};

// What ReconcileSend has found.
struct Finding {
  Meaning meaning = Meaning::kUnknown;
  std::string outcome;
  std::string id;
};
Finding ReadFinding(const std::string& reply);

// The id of what was made; "" when the reply has none.
std::string IdIn(Kind kind, const std::string& reply);

// For people.
std::string Describe(Kind kind, const std::string& reply);

// Whether two replies say the same.
bool SameReply(Kind kind, const std::string& one, const std::string& other);

}  // namespace blooio::soak
