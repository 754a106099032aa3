// What tests and fuzz targets of the transcoder share: routes and messages by
// name, and their comparison.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "service/transcoding/reply_reader.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {

// The compiled route of a method, such as "blooio.v4.GroupsService/GetGroup".
// Dies when there is none.
const Route& RouteOf(std::string_view method);

// The same in a table of its own: what a gateway does at start-up.
absl::StatusOr<const Route*> CompileAlone(std::string_view method, RouteTable& routes);

// All routes: the real protos' and those of testing.proto.
const std::vector<const Route*>& AllRoutes();

// A message of the plan's type: empty, or read from text format. Dies when the
// text is no such message.
std::unique_ptr<google::protobuf::Message> Make(const MessagePlan& plan, std::string_view text = "");

// How `actual` differs from the message that `expected` spells, in text format;
// "" when it does not.
std::string Difference(std::string_view expected, const google::protobuf::Message& actual);

struct ReadAnswer {
  ReplyReading reading;
  std::unique_ptr<google::protobuf::Message> reply;
};
ReadAnswer Read(const Route& route, std::string_view body);

}  // namespace blooio::gateway
