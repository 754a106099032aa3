// Server reflection: the gateway's own descriptors, fetched when needed.
//
// Speaks grpc.reflection.v1alpha over one stream that lives as long as this
// object, so everything it fetched comes from the same server.
#pragma once

#include <google/protobuf/descriptor_database.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace blooio::client {

class Connection;
namespace reflection {
class ServerReflectionRequest;
}

// A database for a google::protobuf::DescriptorPool that asks the server for
// files it does not know yet. Not thread-safe.
class Reflection : public google::protobuf::DescriptorDatabase {
 public:
  explicit Reflection(const Connection& connection);  // has to outlive this
  ~Reflection() override;

  // OK until the stream breaks, or brings what is no descriptor or more than any
  // gateway has; then Unavailable, and nothing more is fetched.
  const absl::Status& status() const { return status_; }

  // Full names of the services that the server says it has, at least one.
  absl::StatusOr<std::vector<std::string>> ListServices();

  bool FindFileByName(const std::string& name, google::protobuf::FileDescriptorProto* out) override;
  bool FindFileContainingSymbol(const std::string& symbol,
                                google::protobuf::FileDescriptorProto* out) override;
  // Custom options show as they are declared only if their file is imported,
  // so nothing is asked here.
  bool FindFileContainingExtension(const std::string&, int, google::protobuf::FileDescriptorProto*) override {
    return false;
  }

 private:
  class Stream;

  // Asks for files and keeps those in the answer.
  bool Fetch(const reflection::ServerReflectionRequest& question);
  absl::Status Keep(const std::string& bytes);

  std::unique_ptr<Stream> stream_;
  absl::Status status_;
  google::protobuf::SimpleDescriptorDatabase known_;
  size_t files_ = 0;
  size_t bytes_ = 0;
};

}  // namespace blooio::client
