#include "tests/unit/identity/pki.h"

#include <openssl/pem.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace blooio::gateway {
namespace {

void Require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(length)};
}

}  // namespace

TestCertificate TestCertificate::Root(const std::string& common_name) {
  return SelfSigned({.common_name = common_name, .authority = true, .usage = ""});
}

TestCertificate TestCertificate::SelfSigned(const CertificateSpec& spec) { return {spec, nullptr}; }

TestCertificate TestCertificate::Sign(const CertificateSpec& spec) const { return {spec, this}; }

TestCertificate TestCertificate::SignWithNul(const std::string& name) const {
  TestCertificate made = Sign({});
  const std::string text = name + std::string("\0.evil", 6);
  ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
  ASN1_STRING_set(dns, text.data(), static_cast<int>(text.size()));
  GENERAL_NAME* general = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(general, GEN_DNS, dns);
  const NamesPtr names(sk_GENERAL_NAME_new_null());
  sk_GENERAL_NAME_push(names.get(), general);
  X509_add1_ext_i2d(made.certificate_.get(), NID_subject_alt_name, names.get(), 0, 0);
  made.SignedBy(*this);
  return made;
}

TestCertificate::TestCertificate(const CertificateSpec& spec, const TestCertificate* issuer)
    : key_(spec.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned>(spec.rsa_bits))),
      certificate_(X509_new()) {
  X509* made = certificate_.get();
  const TestCertificate& signer = issuer == nullptr ? *this : *issuer;
  uint32_t serial = 0;
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "random");
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial);
  ASN1_TIME_set(X509_getm_notBefore(made), absl::ToTimeT(spec.not_before));
  ASN1_TIME_set(X509_getm_notAfter(made), absl::ToTimeT(spec.not_after));
  X509_set_pubkey(made, key_.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(signer.get()));
  AddExtension(made, signer.get(), NID_basic_constraints, spec.authority ? "critical,CA:TRUE" : "CA:FALSE");
  // By which authorities of one name are told apart.
  AddExtension(made, signer.get(), NID_subject_key_identifier, "hash");
  AddExtension(made, signer.get(), NID_authority_key_identifier, "keyid:always");
  if (!spec.usage.empty()) AddExtension(made, signer.get(), NID_ext_key_usage, spec.usage);
  if (!spec.names.empty()) AddExtension(made, signer.get(), NID_subject_alt_name, spec.names);
  SignedBy(signer);
}

void TestCertificate::SignedBy(const TestCertificate& issuer) {
  Require(X509_sign(certificate_.get(), issuer.key_.get(), EVP_sha256()) > 0, "sign");
}

std::string TestCertificate::pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate_.get());
  return Text(bio.get());
}

std::string TestCertificate::serial_number() const {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate_.get()), nullptr));
  char* hex = BN_bn2hex(number.get());
  std::string text(hex);
  OPENSSL_free(hex);
  return text;
}

std::string TestCertificate::key_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return Text(bio.get());
}

}  // namespace blooio::gateway
