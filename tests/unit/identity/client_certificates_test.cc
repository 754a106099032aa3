#include "service/identity/client_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/unit/identity/manual_clock.h"
#include "tests/unit/identity/pki.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using F = IdentityFailure;

constexpr char kSpiffe[] = "URI:spiffe://test/billing";

class ClientCertificatesTest : public testing::Test {
 protected:
  ClientCertificatesTest() { EXPECT_TRUE(certificates_.Load(root_.pem()).ok()); }

  void ExpectRefused(const TestCertificate& leaf, IdentityFailure failure, const std::string& chain = "") {
    const auto verified = certificates_.Verify(leaf.pem(), chain);
    EXPECT_EQ(verified.names, nullptr);
    EXPECT_EQ(FailureWord(verified.failure), FailureWord(failure));
  }
  CertificateNames NamesIn(const TestCertificate& leaf) {
    const auto verified = certificates_.Verify(leaf.pem(), "");
    EXPECT_NE(verified.names, nullptr) << FailureWord(verified.failure);
    return verified.names == nullptr ? CertificateNames() : *verified.names;
  }

  const absl::Time now_ = absl::Now();
  const TestCertificate root_ = TestCertificate::Root();
  const TestCertificate other_root_ = TestCertificate::Root();
  ManualClock clock_{now_};
  ClientCertificates certificates_{clock_};
};

TEST_F(ClientCertificatesTest, TellsTheNames) {
  const CertificateNames names =
      NamesIn(root_.Sign({.names = "DNS:Billing.Example,URI:spiffe://test/billing,DNS:b,IP:127.0.0.1"}));
  EXPECT_EQ(names.spiffe_id, "spiffe://test/billing");
  EXPECT_THAT(names.dns, ElementsAre("billing.example", "b"));
  // RSA as well, and without a word on its use.
  EXPECT_EQ(NamesIn(root_.Sign({.names = kSpiffe, .usage = "", .rsa_bits = 2048})).spiffe_id,
            "spiffe://test/billing");
}

TEST_F(ClientCertificatesTest, LeavesOutNamesThatProveNothing) {
  EXPECT_THAT(NamesIn(root_.Sign({.common_name = "billing.example"})).dns, IsEmpty());
  EXPECT_THAT(NamesIn(root_.Sign({.names = "DNS:*.example"})).dns, IsEmpty());
  EXPECT_THAT(NamesIn(root_.Sign({.names = "email:a@b"})).dns, IsEmpty());
  EXPECT_THAT(NamesIn(root_.SignWithNul("billing")).dns, IsEmpty());
  // Not an X.509-SVID: several URIs, another scheme.
  for (const char* names : {"URI:spiffe://test/a,URI:spiffe://test/b", "URI:spiffe://test/a,URI:https://x",
                            "URI:https://test/a", "URI:Spiffe://test/a"}) {
    EXPECT_EQ(NamesIn(root_.Sign({.names = names})).spiffe_id, "") << names;
  }
}

TEST_F(ClientCertificatesTest, RefusesAuthoritiesWhateverTheirNames) {
  for (const char* names : {kSpiffe, "DNS:billing.example", ""}) {
    ExpectRefused(root_.Sign({.names = names, .authority = true}), F::kCertificatePurpose);
  }
  ExpectRefused(root_, F::kCertificatePurpose);
}

TEST_F(ClientCertificatesTest, SaysWhatIsWrong) {
  ExpectRefused(other_root_.Sign({.names = kSpiffe}), F::kCertificateUntrusted);
  ExpectRefused(TestCertificate::SelfSigned({.names = kSpiffe}), F::kCertificateUntrusted);
  ExpectRefused(other_root_, F::kCertificateUntrusted, root_.pem());
  ExpectRefused(root_.Sign({.names = kSpiffe, .not_after = now_ - absl::Seconds(2)}), F::kCertificateExpired);
  ExpectRefused(root_.Sign({.names = kSpiffe, .not_before = now_ + absl::Minutes(1)}),
                F::kCertificateNotYetValid);
  ExpectRefused(root_.Sign({.names = kSpiffe, .usage = "serverAuth"}), F::kCertificatePurpose);
  ExpectRefused(root_.Sign({.names = kSpiffe, .rsa_bits = 1024}), F::kCertificateUntrusted);
  // Signed by a certificate that is no authority.
  const TestCertificate leaf = root_.Sign({.names = kSpiffe});
  ExpectRefused(leaf.Sign({.common_name = "below", .names = kSpiffe}), F::kCertificateUntrusted, leaf.pem());
}

TEST_F(ClientCertificatesTest, RefusesWhatIsNoCertificate) {
  const std::string good = root_.Sign({.names = kSpiffe}).pem();
  std::string broken = good;
  broken.insert(broken.size() / 2, 1, 'A');
  std::string many;
  for (int i = 0; i < 11; ++i) many += good;
  const std::vector<std::pair<std::string, std::string>> rows = {{"", ""},
                                                                 {"x", ""},
                                                                 {broken, ""},
                                                                 {good + good, ""},
                                                                 {root_.key_pem(), ""},
                                                                 {good, broken},
                                                                 {good, many},
                                                                 {good, std::string(100'000, 'x')},
                                                                 {good.substr(0, good.size() - 30), ""}};
  for (const auto& [leaf, chain] : rows) {
    const auto verified = certificates_.Verify(leaf, chain);
    EXPECT_EQ(verified.names, nullptr) << leaf << chain.substr(0, 100);
    EXPECT_EQ(FailureWord(verified.failure), "certificate_malformed");
  }
}

TEST_F(ClientCertificatesTest, FindsTheWayThroughAnIntermediate) {
  const TestCertificate middle = root_.Sign(
      {.common_name = "middle", .authority = true, .usage = "", .not_after = now_ + absl::Minutes(5)});
  const TestCertificate leaf = middle.Sign({.names = kSpiffe});
  ExpectRefused(leaf, F::kCertificateUntrusted);
  ExpectRefused(leaf, F::kCertificateUntrusted, other_root_.pem());
  ASSERT_NE(certificates_.Verify(leaf.pem(), leaf.pem() + middle.pem()).names, nullptr);

  // A resumed session does not show it again; other authorities forget what was
  // verified, not the way.
  EXPECT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);
  ASSERT_TRUE(certificates_.Load(other_root_.pem() + root_.pem()).ok());
  EXPECT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);

  // It expires with the first of its chain.
  clock_.Advance(absl::Minutes(6));
  ExpectRefused(leaf, F::kCertificateExpired, middle.pem());
}

TEST_F(ClientCertificatesTest, AnIntermediateCanBeTheAuthority) {
  const TestCertificate middle = root_.Sign({.common_name = "middle", .authority = true, .usage = ""});
  ASSERT_TRUE(certificates_.Load(middle.pem()).ok());
  EXPECT_NE(certificates_.Verify(middle.Sign({.names = kSpiffe}).pem(), "").names, nullptr);
  ExpectRefused(root_.Sign({.names = kSpiffe}), F::kCertificateUntrusted);
}

TEST_F(ClientCertificatesTest, IsRememberedUntilItExpires) {
  const TestCertificate leaf = root_.Sign({.names = kSpiffe, .not_after = now_ + absl::Minutes(2)});
  const auto first = certificates_.Verify(leaf.pem(), "").names;
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(certificates_.Verify(leaf.pem(), "").names, first);
  clock_.Advance(absl::Minutes(3));
  ExpectRefused(leaf, F::kCertificateExpired);
}

TEST_F(ClientCertificatesTest, WhatWasRefusedIsNotRemembered) {
  const TestCertificate leaf = root_.Sign({.names = kSpiffe, .not_before = now_ + absl::Minutes(2)});
  ExpectRefused(leaf, F::kCertificateNotYetValid);
  clock_.Advance(absl::Minutes(3));
  EXPECT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);
}

TEST_F(ClientCertificatesTest, TheMemoryIsBounded) {
  ClientCertificates few(clock_, /*remembered=*/16);
  ASSERT_TRUE(few.Load(root_.pem()).ok());
  const TestCertificate leaf = root_.Sign({.names = kSpiffe});
  const auto first = few.Verify(leaf.pem(), "").names;
  for (int i = 0; i < 200; ++i)
    ASSERT_NE(few.Verify(root_.Sign({.names = kSpiffe}).pem(), "").names, nullptr);
  const auto again = few.Verify(leaf.pem(), "").names;
  ASSERT_NE(again, nullptr);
  EXPECT_NE(again, first) << "verified anew";
}

TEST_F(ClientCertificatesTest, AnAuthorityThatIsWithdrawnRevokesAtOnce) {
  const TestCertificate leaf = root_.Sign({.names = kSpiffe});
  ASSERT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);
  ASSERT_TRUE(certificates_.Load(other_root_.pem()).ok());
  ExpectRefused(leaf, F::kCertificateUntrusted);
  ASSERT_TRUE(certificates_.Load(root_.pem() + other_root_.pem()).ok());
  EXPECT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);
}

TEST_F(ClientCertificatesTest, AnUnusableFileChangesNothing) {
  const TestCertificate leaf = root_.Sign({.names = kSpiffe});
  std::string broken = other_root_.pem();
  broken.insert(broken.size() / 2, 1, 'A');
  struct Row {
    std::string pem;
    std::string why;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", "has no PEM certificate"},
           {"garbage", "has no PEM certificate"},
           {root_.key_pem(), "has no PEM certificate"},
           {broken, "cannot be read"},
           {root_.pem() + broken, "cannot be read"},
           {std::string(ClientCertificates::kMaxBundleBytes + 1, '\n'), "longer than"}}) {
    const absl::Status status = certificates_.Load(row.pem);
    ASSERT_FALSE(status.ok()) << row.pem.substr(0, 100);
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.why));
    EXPECT_NE(certificates_.Verify(leaf.pem(), "").names, nullptr);
  }
  ClientCertificates never(clock_);
  EXPECT_EQ(never.Verify(leaf.pem(), "").failure, F::kCertificateUntrusted);
}

TEST_F(ClientCertificatesTest, LeavesNoErrorBehindForTheThreadsConnections) {
  ExpectRefused(other_root_.Sign({}), F::kCertificateUntrusted);
  EXPECT_EQ(certificates_.Verify("-----BEGIN CERTIFICATE-----\nAAAA\n", "").names, nullptr);
  EXPECT_FALSE(certificates_.Load("x").ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(ClientCertificatesTest, ServesManyThreadsWhileAuthoritiesChange) {
  const std::string leaf = root_.Sign({.names = kSpiffe}).pem();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (certificates_.Verify(leaf, "").names == nullptr) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(certificates_.Load(root_.pem() + other_root_.pem()).ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace blooio::gateway
