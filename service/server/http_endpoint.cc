#include "service/server/http_endpoint.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "service/base/text.h"
#include "service/config/listen_address.h"
#include "service/server/http_session.h"

namespace blooio::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kMostConnections = 64;
// Before accepting again when descriptors have run out.
constexpr std::chrono::milliseconds kAcceptPause(100);

class RealHttpEndpoint final : public HttpEndpoint {
 public:
  RealHttpEndpoint(const Metrics& metrics, EventLoop& loop) : metrics_(metrics), loop_(loop) {}

  ~RealHttpEndpoint() override {
    loop_.Cancel([this] {
      closed_ = true;
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      for (const auto& session : sessions_) {
        if (auto open = session.lock()) open->Close();
      }
    });
  }

  absl::Status Begin(const std::string& listen) {
    const absl::StatusOr<ListenAddress> address = ParseListenAddress(listen);
    if (!address.ok()) return address.status();
    error_code error;
    tcp::resolver resolver(loop_.context());
    const auto found = resolver.resolve(address->tcp.host, std::to_string(address->tcp.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (!error) {
      const tcp::endpoint endpoint = *found.begin();
      acceptor_.open(endpoint.protocol(), error);
      if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) acceptor_.bind(endpoint, error);
      if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return absl::UnavailableError(Cat("cannot listen on ", listen, ": ", error.message(),
                                        "; choose another http.listen or stop what uses it"));
    }
    address_ =
        Cat(std::string_view(listen).substr(0, listen.rfind(':')), ":", acceptor_.local_endpoint().port());
    loop_.Post([this] { Accept(); });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }
  void SetReady(bool ready) override { ready_ = ready; }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (closed_) return;
      if (error) {
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](const error_code&) {
          if (!closed_) Accept();
        });
        return;
      }
      Serve(std::move(socket));
      Accept();
    });
  }

  void Serve(tcp::socket socket) {
    sessions_.remove_if([](const std::weak_ptr<HttpSession>& session) { return session.expired(); });
    if (sessions_.size() >= kMostConnections) {
      if (auto oldest = sessions_.front().lock()) oldest->Close();
      sessions_.pop_front();
    }
    auto session = std::make_shared<HttpSession>(std::move(socket),
                                                 [this](std::string_view path) { return Answer(path); });
    session->Start();
    sessions_.push_back(session);
  }

  HttpAnswer Answer(std::string_view path) const {
    if (path == "/metrics") return {200, Metrics::kContentType, metrics_.Text()};
    if (path == "/livez") return {200, kPlainText, "live\n"};
    if (path == "/readyz")
      return ready_ ? HttpAnswer{200, kPlainText, "ready\n"} : HttpAnswer{503, kPlainText, "unready\n"};
    return {404, kPlainText, "not found\n"};
  }

  static constexpr char kPlainText[] = "text/plain; charset=utf-8";

  const Metrics& metrics_;
  EventLoop& loop_;
  std::atomic<bool> ready_ = false;
  std::string address_;
  // Of the loop.
  tcp::acceptor acceptor_{loop_.context()};
  asio::steady_timer pause_{loop_.context()};
  std::list<std::weak_ptr<HttpSession>> sessions_;  // Oldest first.
  bool closed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Start(const std::string& listen,
                                                                  const Metrics& metrics, EventLoop& loop) {
  auto endpoint = std::make_unique<RealHttpEndpoint>(metrics, loop);
  if (absl::Status status = endpoint->Begin(listen); !status.ok()) return status;
  return endpoint;
}

}  // namespace blooio::gateway
