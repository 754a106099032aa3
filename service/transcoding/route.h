// One RPC's REST call, compiled at start-up from its google.api.http rule and
// the options of blooio.rest.v1. Immutable; shared by all threads.
//
//   RouteTable routes;
//   absl::StatusOr<const Route*> route = routes.Compile(method_descriptor);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "service/transcoding/meaning.h"
#include "service/transcoding/plan.h"
#include "service/upstream/rest_types.h"

namespace blooio::gateway {

// The API versions, each with a base URL of its own.
enum class Api { kV2, kV4 };

// A piece of the path: literal text, then the value of a field, if any.
struct PathPart {
  std::string literal;
  const FieldPlan* field = nullptr;
};

struct Route {
  // "blooio.v4.GroupsService/GetGroup".
  std::string method;
  Api api = Api::kV2;
  Verb verb = Verb::kGet;
  std::vector<PathPart> path;
  // What does not travel in the path, a header or nowhere: as query or as body.
  std::vector<const FieldPlan*> query;
  std::vector<const FieldPlan*> body;
  bool has_body = false;
  std::vector<const FieldPlan*> headers;
  // The field with the caller's idempotency key, or null.
  const FieldPlan* key_field = nullptr;
  const MessagePlan* request = nullptr;
  const MessagePlan* reply = nullptr;
  // The field of the reply that the whole JSON body is, or null.
  const FieldPlan* reply_body = nullptr;
  // No side effects: may be repeated by anybody.
  bool read_only = false;
  rest::v1::MethodRules rules;
  // Where the request says whom it reaches and from where; where the reply of a
  // changing call holds ids.
  std::vector<MeaningTrail> request_meanings;
  bool takes_sender = false;
  bool takes_channel = false;
  bool takes_chat = false;
  std::vector<MeaningTrail> result_ids;

  // The first field of the path, or null: what a 404 is about.
  const FieldPlan* PathField() const;
  // The header that carries the upstream idempotency key, or "".
  const std::string& KeyHeader() const;
};

class RouteTable {
 public:
  // Fails with a sentence when the proto breaks the rules: a start-up error.
  absl::StatusOr<const Route*> Compile(const google::protobuf::MethodDescriptor* method);
  // The route of the RPC that takes this request type (request types are
  // unique to their RPC).
  absl::StatusOr<const Route*> CompileFor(const google::protobuf::Descriptor* request);

 private:
  PlanRegistry plans_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace blooio::gateway
