// Calls any unary method of a server that this program was not compiled for.
//
// Reflection gives the descriptors, the descriptors give dynamic messages, and
// proto JSON goes in and comes out. Errors of these functions are sentences for
// the user: InvalidArgument when the request makes no sense to the server's
// descriptors, Unavailable when there are none to be had, Internal when a call
// ended OK with a reply that is missing, no message or has no JSON form. How a call ended is no such error
// but its Outcome.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/blooioctl/outcome.h"
#include "client/blooioctl/reflection.h"

namespace blooio::client {

struct Reply {
  Outcome outcome;
  std::string json;  // pretty, with proto field names, when the call ended OK
};

// Not thread-safe.
class Caller {
 public:
  explicit Caller(const Connection& connection);  // has to outlive this

  // Calls the method, whose name may be shortened while that is unambiguous.
  absl::StatusOr<Reply> Call(std::string_view method, const std::string& json);

  // "package.Service/Method" of every method, streaming ones included.
  absl::StatusOr<std::vector<std::string>> ListMethods();

  // The proto text of what the name, perhaps shortened, stands for.
  absl::StatusOr<std::string> Describe(std::string_view name);

 private:
  absl::StatusOr<const google::protobuf::MethodDescriptor*> FindMethod(std::string_view name);
  // What the server says it has; Unavailable when it describes nothing of it.
  absl::StatusOr<std::vector<std::string>> Services();
  // Unavailable when the server's descriptors turned out to be of no use.
  absl::Status DescriptorStatus() const;
  absl::StatusOr<Outcome> Send(const std::string& path, const google::protobuf::Message& request,
                               google::protobuf::Message& reply);

  // What exactly is wrong with a bad descriptor is for the server's authors to
  // find out.
  class Errors : public google::protobuf::DescriptorPool::ErrorCollector {
   public:
    bool found() const { return found_; }

   private:
    void AddError(const std::string&, const std::string&, const google::protobuf::Message*, ErrorLocation,
                  const std::string&) override {
      found_ = true;
    }

    bool found_ = false;
  };

  const Connection& connection_;
  Reflection reflection_;
  Errors errors_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory messages_;
};

}  // namespace blooio::client
