// A caller of the gateway: blocking calls over gRPC, and everything that comes
// back. The method follows from the type of the request.
//
//   Caller caller(gateway.address());
//   v4::ListGroupsResponse reply;
//   const Result result = caller.Call(v4::ListGroupsRequest(), &reply);
//   EXPECT_EQ(result.code, google::rpc::OK) << result;
#pragma once

#include <google/protobuf/text_format.h>

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace blooio::integration {

struct CallOptions {
  absl::Duration deadline = absl::Seconds(30);
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

// What a client of TLS trusts and shows; PEM texts.
struct TlsClient {
  std::string authority;
  // Its certificate, perhaps with others behind it, and the key; "" for none.
  std::string certificate = "";
  std::string private_key = "";
  // Sessions that it resumes, shared by the callers that have the same.
  std::shared_ptr<void> sessions = nullptr;
};

// Room for sessions to resume.
std::shared_ptr<void> NewTlsSessions();

// What came of a call.
struct Result {
  int code = 0;
  std::string message;
  // grpc-status-details-bin, as bytes and read.
  std::string details;
  google::rpc::Status status;
  std::multimap<std::string, std::string> trailers;
  absl::Duration took;

  template <class Detail>
  std::vector<Detail> All() const {
    std::vector<Detail> found;
    for (const google::protobuf::Any& any : status.details()) {
      if (Detail detail; any.UnpackTo(&detail)) found.push_back(std::move(detail));
    }
    return found;
  }
  // The only detail of its type.
  template <class Detail>
  std::optional<Detail> Only() const {
    const std::vector<Detail> found = All<Detail>();
    return found.size() == 1 ? std::optional(found[0]) : std::nullopt;
  }
  // Of the only ErrorInfo, whose domain is ours; else "".
  std::string Reason() const;
  std::string Fact(const std::string& name) const;
  // The only value of a trailing entry; else "".
  std::string Trailer(const std::string& name) const;
};

std::ostream& operator<<(std::ostream& out, const Result& result);

class Caller {
 public:
  // A channel of its own, that is, connections of its own. gRPC's own retries
  // are off unless a service config asks for them.
  explicit Caller(const std::string& address, const std::string& service_config = "");
  // The same over TLS.
  Caller(const std::string& address, const TlsClient& tls);
  ~Caller();

  Result Call(const google::protobuf::Message& request, google::protobuf::Message* reply,
              const CallOptions& options = {}) const;
  // `method` is "/package.Service/Method".
  Result CallMethod(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* reply, const CallOptions& options = {}) const;

  // A call that is not waited for yet. Its destructor cancels it.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void Cancel() = 0;
    virtual const Result& Wait() = 0;
  };
  // `request` and `reply` outlive the pending call.
  std::unique_ptr<Pending> Start(const google::protobuf::Message& request, google::protobuf::Message* reply,
                                 const CallOptions& options = {}) const;

  // "SERVING", "NOT_SERVING", …; or the name of the code of a failed check.
  std::string Health(const std::string& service) const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// "/package.Service/Method" of the RPC that takes such a request.
std::string MethodOf(const google::protobuf::Message& request);

// Reads proto text; a mistake in it fails the test.
template <class Message>
Message Parse(const std::string& text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) throw std::runtime_error(text);
  return message;
}

}  // namespace blooio::integration
