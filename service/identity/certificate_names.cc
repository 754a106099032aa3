#include "service/identity/certificate_names.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "service/base/openssl_handles.h"
#include "service/base/visible_ascii.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kSpiffeScheme = "spiffe://";

// "" when there is anything in it that no such name has: a NUL above all, behind
// which another name could hide.
std::string TextOf(const ASN1_IA5STRING* text) {
  const std::string_view view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                              ASN1_STRING_length(text));
  return IsVisibleAscii(view) ? std::string(view) : "";
}

}  // namespace

CertificateNames NamesOf(X509* certificate) {
  const ErrorQueueGuard errors;
  CertificateNames names;
  const NamesPtr all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  int uris = 0;
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_URI) {
      ++uris;
      std::string uri = TextOf(name->d.uniformResourceIdentifier);
      if (uri.starts_with(kSpiffeScheme)) names.spiffe_id = std::move(uri);
    } else if (name->type == GEN_DNS) {
      std::string dns = absl::AsciiStrToLower(TextOf(name->d.dNSName));
      if (!dns.empty() && dns.find('*') == std::string::npos) names.dns.push_back(std::move(dns));
    }
  }
  if (uris != 1) names.spiffe_id.clear();
  return names;
}

}  // namespace blooio::gateway
