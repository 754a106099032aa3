// The listener's certificate and the authorities of its clients change while
// calls are made: none of them fails.
#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "tests/integration/identity_world.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kThreads = 16;

class CertificateSwapTest : public IdentityWorld {
 protected:
  // Every other thread makes a connection for each call.
  void CallUntilDone(int thread) {
    const TlsClient client = thread % 4 < 2 ? Client(clients_) : Client();
    const Caller kept(gateway_->address(), client);
    google::protobuf::Empty reply;
    CallOptions options;
    if (client.certificate.empty()) options.metadata = {billing_.metadata()};
    while (!done_) {
      const bool fresh = thread % 2 == 1;
      const Result result =
          fresh ? Caller(gateway_->address(), client).Call(v4::ListGroupsRequest(), &reply, options)
                : kept.Call(v4::ListGroupsRequest(), &reply, options);
      ++calls_;
      if (result.code != google::rpc::OK) {
        ++failed_;
        ADD_FAILURE() << result;
      }
    }
  }
  void StartCalls() {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this, i] { CallUntilDone(i); });
  }
  // Ends after some more calls.
  void StopCalls() {
    AwaitCalls(100);
    done_ = true;
    for (std::thread& thread : threads_) thread.join();
    EXPECT_EQ(failed_, 0) << "of " << calls_;
  }
  void AwaitCalls(int more) const {
    const int until = calls_ + more;
    while (calls_ < until && failed_ == 0) std::this_thread::yield();
  }
  // New connections show `certificate`; the gateway looks once a second.
  void AwaitServed(const TestCertificate& certificate) const {
    const absl::Time until = absl::Now() + kPatience;
    std::string served;
    while (served != certificate.serial_number() && absl::Now() < until) {
      served = ServedSerialNumber(gateway_->address()).value_or("no handshake");
      ASSERT_NE(served, "no handshake");
    }
    EXPECT_EQ(served, certificate.serial_number());
  }

  const TestCertificate clients_ = BillingCertificate();
  std::atomic<bool> done_ = false;
  std::atomic<int> calls_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::thread> threads_;
};

TEST_F(CertificateSwapTest, NoCallFailsWhateverTheOrder) {
  StartCalls();
  AwaitCalls(50);
  EXPECT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
  for (const bool certificate_first : {true, false, true}) {
    const TestCertificate next = ServerCertificate();
    const auto swap = [&](bool certificate) {
      certificate ? gateway_->Replace("server.crt", next.pem())
                  : gateway_->Replace("server.key", next.key_pem());
    };
    const size_t said = gateway_->process().err().size();
    swap(certificate_first);
    // For as long as the two do not fit, which is longer than gRPC's look.
    ASSERT_TRUE(gateway_->process().WaitForError("certificate_refused", kPatience));
    const absl::Time until = absl::Now() + absl::Milliseconds(1500);
    while (absl::Now() < until) AwaitCalls(10);
    EXPECT_NE(ServedSerialNumber(gateway_->address()), next.serial_number());
    swap(!certificate_first);
    AwaitServed(next);
    EXPECT_THAT(gateway_->process().err().substr(said), testing::HasSubstr(next.serial_number()));
  }
  StopCalls();
}

TEST_F(CertificateSwapTest, AnUnusableFileChangesNothing) {
  gateway_->Replace("server.crt", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("is no chain of PEM certificates", kPatience));
  gateway_->Replace("server.key", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("certificate_refused", kPatience));
  ExpectSent(Send(Client(clients_)));
  EXPECT_EQ(ServedSerialNumber(gateway_->address()), server_.serial_number());
}

TEST_F(CertificateSwapTest, AuthoritiesOfClientsChangeOnOpenConnections) {
  const Caller ours(gateway_->address(), Client(clients_));
  const Caller theirs(gateway_->address(), Client(other_root_.Sign({.names = "DNS:billing.test"})));
  ExpectSent(Send(ours));
  ExpectRefused(Send(theirs), "certificate_untrusted");
  gateway_->Replace("clients.crt", other_root_.pem());
  ASSERT_TRUE(gateway_->process().WaitForError("file_loaded", kPatience));
  ExpectRefused(Send(ours), "certificate_untrusted");
  ExpectSent(Send(theirs));
  gateway_->Replace("clients.crt", "garbage");
  ASSERT_TRUE(gateway_->process().WaitForError("file_refused", kPatience));
  ExpectSent(Send(theirs));
}

}  // namespace
}  // namespace blooio::integration
