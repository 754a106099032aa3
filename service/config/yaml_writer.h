// Writes a configuration message as YAML that a person can read and ReadYaml()
// reads back.
//
//   std::string text = WriteYaml(config);
//   // server:
//   //   listen: 127.0.0.1:50051
//   //   drain_delay: 5s
//   // ...
//
// Left out is what ReadYaml() would refuse or what says nothing: fields that are
// not served yet, absent sections, empty texts and empty lists.
//
// Thread-safety: a free function without state.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace blooio::gateway {

// Ends with a line break. Fields stand in the order of the proto.
std::string WriteYaml(const google::protobuf::Message& message);

}  // namespace blooio::gateway
