#include "service/rpc/presented.h"

#include <grpc/grpc_security_constants.h>

#include <iterator>

namespace blooio::gateway {
namespace {

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// The property's first value, or "".
std::string_view Property(const grpc::AuthContext& connection, const char* name) {
  const std::vector<grpc::string_ref> values = connection.FindPropertyValues(name);
  return values.empty() ? std::string_view() : View(values.front());
}

}  // namespace

Presented ReadPresented(const grpc::ServerContext& context, bool with_certificates) {
  Presented presented;
  const auto [first, end] = context.client_metadata().equal_range("authorization");
  if (first != end) {
    presented.authorization = View(first->second);
    presented.several_authorizations = std::next(first) != end;
  }
  if (with_certificates) {
    // Of the connection; the context keeps it.
    const std::shared_ptr<const grpc::AuthContext> connection = context.auth_context();
    presented.certificate = Property(*connection, GRPC_X509_PEM_CERT_PROPERTY_NAME);
    presented.certificate_chain = Property(*connection, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME);
  }
  return presented;
}

}  // namespace blooio::gateway
