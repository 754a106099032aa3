#include "service/server/certificate_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/identity/pki.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

class CertificatePairTest : public testing::Test {
 protected:
  std::string ErrorOf(const std::string& certificate, const std::string& key) const {
    const auto pair = ReadCertificatePair({"crt", certificate}, {"key", key});
    EXPECT_THAT(std::string(pair.status().message()), Not(HasSubstr("PRIVATE")));
    return pair.ok() ? "" : std::string(pair.status().message());
  }

  const TestCertificate root_ = TestCertificate::Root();
  const TestCertificate middle_ = root_.Sign({.authority = true, .usage = ""});
  const TestCertificate leaf_ = middle_.Sign({.names = "IP:127.0.0.1", .usage = "serverAuth"});
};

TEST_F(CertificatePairTest, KeepsBothTogetherKeyFirst) {
  const std::string chain = leaf_.pem() + middle_.pem(), key = leaf_.key_pem();
  const auto pair = ReadCertificatePair({"crt", chain}, {"key", key});
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_EQ(pair->pem.Reveal(), key + "\n" + chain);
  EXPECT_EQ(pair->serial_number, leaf_.serial_number());
  EXPECT_LT(pair->not_before, absl::Now());
  EXPECT_GT(pair->not_after, absl::Now());
}

TEST_F(CertificatePairTest, ReadsOneFileThatHoldsBoth) {
  const std::string text = leaf_.pem() + leaf_.key_pem();
  EXPECT_TRUE(ReadCertificatePair({"both", text}, {"both", text}).ok());
}

TEST_F(CertificatePairTest, SaysWhichFileIsNoGood) {
  const TestCertificate weak = root_.Sign({.usage = "serverAuth", .rsa_bits = 1024});
  std::string locked = leaf_.key_pem();
  locked =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  struct Row {
    std::string certificate;
    std::string key;
    std::string error;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", leaf_.key_pem(), "crt: is no chain of PEM certificates"},
           {leaf_.key_pem(), leaf_.key_pem(), "crt: is no chain of PEM certificates"},
           {leaf_.pem().substr(0, 200), leaf_.key_pem(), "crt: is no chain of PEM certificates"},
           {leaf_.pem(), "", "key: is no PEM private key"},
           {leaf_.pem(), leaf_.pem(), "key: is no PEM private key"},
           {leaf_.pem(), locked, "key: is no PEM private key"},
           {leaf_.pem(), middle_.key_pem(), "key: is not the key of the certificate in"},
           {middle_.pem() + leaf_.pem(), leaf_.key_pem(), "key: is not the key of the certificate in"},
           {weak.pem(), weak.key_pem(), "crt: is a certificate that TLS does not use"}}) {
    EXPECT_THAT(ErrorOf(row.certificate, row.key), HasSubstr(row.error));
  }
}

}  // namespace
}  // namespace blooio::gateway
