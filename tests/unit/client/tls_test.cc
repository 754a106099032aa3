// Over TLS: the gateway proves who it is, and so does the caller.
#include <gmock/gmock.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "blooio/v4/groups_service.grpc.pb.h"
#include "client/blooioctl/commands.h"

namespace blooio::client {
namespace {

using testing::HasSubstr;

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// A key and a certificate for 127.0.0.1 that vouches for itself. (Not localhost:
// c-ares 1.18 leaks each time that gRPC looks it up.)
struct Identity {
  Identity() {
    EVP_PKEY* private_key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, private_key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_sign(certificate, private_key, EVP_sha256());

    BIO* key_bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(key_bio, private_key, nullptr, nullptr, 0, nullptr, nullptr);
    key = Drain(key_bio);
    BIO* cert_bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(cert_bio, certificate);
    cert = Drain(cert_bio);
    X509_EXTENSION_free(names);
    X509_free(certificate);
    EVP_PKEY_free(private_key);
  }

  std::string key;
  std::string cert;
};

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    std::ofstream(cert_path_) << identity_.cert;
    std::ofstream(key_path_) << identity_.key;
  }
  ~TlsTest() override {
    if (server_) server_->Shutdown();
    std::remove(cert_path_.c_str());
    std::remove(key_path_.c_str());
  }

  void Start(grpc_ssl_client_certificate_request_type request) {
    grpc::SslServerCredentialsOptions tls(request);
    tls.pem_root_certs = identity_.cert;
    tls.pem_key_cert_pairs.push_back({identity_.key, identity_.cert});
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(&groups_);
    server_ = builder.BuildAndStart();
    options_.server = "127.0.0.1:" + std::to_string(port);
  }

  ExitCode List() {
    std::ostringstream out, err;
    const ExitCode code =
        RunCommand({.command = "list", .positionals = {}, .options = {}}, options_, false, {-1, out, err});
    output_ = out.str() + err.str();
    return code;
  }

  const Identity identity_;
  const std::string cert_path_ = testing::TempDir() + "/blooioctl_cert.pem";
  const std::string key_path_ = testing::TempDir() + "/blooioctl_key.pem";
  v4::GroupsService::Service groups_;
  std::unique_ptr<grpc::Server> server_;
  ConnectionOptions options_;
  std::string output_;
};

TEST_F(TlsTest, TrustsTheGivenAuthorityOnly) {
  Start(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options_.tls_ca = cert_path_;
  EXPECT_EQ(List(), kExitOk) << output_;
  EXPECT_THAT(output_, HasSubstr("blooio.v4.GroupsService/ListGroups"));

  std::ofstream(cert_path_) << Identity().cert;
  EXPECT_EQ(List(), kExitUnreachable);
  EXPECT_THAT(output_, HasSubstr("a certificate that --tls-ca vouches for"));
}

TEST_F(TlsTest, ClearTextToATlsPortIsExplained) {
  Start(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options_.timeout = absl::Seconds(5);
  EXPECT_EQ(List(), kExitUnreachable);
  EXPECT_THAT(output_, HasSubstr("otherwise set --tls-ca"));
}

TEST_F(TlsTest, ShowsTheClientCertificate) {
  Start(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options_.tls_ca = cert_path_;
  EXPECT_EQ(List(), kExitUnreachable);
  options_.tls_cert = cert_path_;
  options_.tls_key = key_path_;
  EXPECT_EQ(List(), kExitOk) << output_;
}

}  // namespace
}  // namespace blooio::client
