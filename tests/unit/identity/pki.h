// Certificates of a test's own: authorities, what they sign, and what is wrong
// in every way that matters.
//
//   const TestCertificate root = TestCertificate::Root();
//   const TestCertificate client = root.Sign({.names = "URI:spiffe://test/billing"});
//   Load(root.pem());   Show(client.pem());
#pragma once

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/openssl_handles.h"

namespace blooio::gateway {

struct CertificateSpec {
  std::string common_name = "test";
  // Subject alternative names as OpenSSL writes them: "DNS:a,URI:spiffe://b/c,IP:127.0.0.1".
  std::string names = "";
  bool authority = false;
  // Extended key usage; "" for none.
  std::string usage = "clientAuth";
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(1);
  // 0: an elliptic curve, P-256.
  int rsa_bits = 0;
};

class TestCertificate {
 public:
  // An authority, signed by itself.
  static TestCertificate Root(const std::string& common_name = "root");
  static TestCertificate SelfSigned(const CertificateSpec& spec);
  // The same, signed by this one.
  TestCertificate Sign(const CertificateSpec& spec) const;
  // Signed by this one, with a DNS name that has a NUL in it.
  TestCertificate SignWithNul(const std::string& name) const;

  std::string pem() const;
  std::string key_pem() const;
  // Hex digits.
  std::string serial_number() const;
  X509* get() const { return certificate_.get(); }

 private:
  TestCertificate(const CertificateSpec& spec, const TestCertificate* issuer);
  void SignedBy(const TestCertificate& issuer);

  KeyPtr key_;
  CertificatePtr certificate_;
};

}  // namespace blooio::gateway
