// Fills a new section with the defaults of its fields, which stand in the proto
// beside them (ConfigRules.default_value).
//
//   v1::ServerConfig server;
//   ApplyDefaults(&server);   // server.listen() == "127.0.0.1:50051"
//
// A section whose own default is "{}" is created and filled in turn, the others
// stay absent. The reader calls this when a section begins and then writes what
// the file gives over it, so a value that the file gives as 0 or false stays.
//
// Thread-safety: a free function without state.
#pragma once

#include <google/protobuf/message.h>

namespace blooio::gateway {

// Sets every field that has a default, whatever it held before. A default that
// its own field cannot hold is a mistake in the proto and ends the process;
// config_test walks all of them.
void ApplyDefaults(google::protobuf::Message* section);

}  // namespace blooio::gateway
