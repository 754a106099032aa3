#include "tests/sandbox/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

#include "tests/sandbox/session.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Wait before accepting again when the process is out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

absl::Status Refuse(std::initializer_list<Piece> pieces) {
  return absl::InvalidArgumentError(Concat(pieces));
}

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint64_t port = 0;
  if (colon == std::string::npos || !ReadNumber(std::string_view(text).substr(colon + 1), port) ||
      port > 65535) {
    return Refuse({"--listen has to be host:port, not \"", text, "\"."});
  }
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || !address.is_loopback()) {
    return Refuse(
        {"--listen takes loopback addresses only (127.0.0.1, [::1], localhost), not \"", host, "\"."});
  }
  return tcp::endpoint(address, static_cast<uint16_t>(port));
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(Sandbox& served) : sandbox(served), acceptor(io), pause(io), outage(io), signals(io) {
    sandbox.be_away = [this](std::chrono::milliseconds time) {
      // After the answer to whoever asked for it.
      asio::post(io, [this, time] { BeAway(time); });
    };
  }
  ~Impl() { sandbox.be_away = nullptr; }

  void BeAway(std::chrono::milliseconds time) {
    if (acceptor.is_open()) endpoint = acceptor.local_endpoint();
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& [session, cut] : cuts) cut();
    outage.expires_after(time);
    outage.async_wait([this](const error_code& error) {
      if (error) return;  // Another one began meanwhile.
      if (const error_code failed = Bind()) {
        std::cerr << "blooio-sandbox: cannot listen again: " << failed.message() << "\n";
        return io.stop();
      }
      Accept();
    });
  }

  error_code Bind() {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  void Accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        std::cerr << "blooio-sandbox: cannot accept a connection: " << error.message() << "\n";
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](const error_code& ended) {
          if (!ended) Accept();
        });
        return;
      }
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      Accept();
      if (tls_context) {
        ServeTls(std::move(socket), *tls_context, sandbox, cuts);
      } else {
        ServePlain(std::move(socket), sandbox, cuts);
      }
    });
  }

  Sandbox& sandbox;
  std::optional<asio::ssl::context> tls_context;
  // Outlives the sessions, which go with the context.
  Cuts cuts;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  tcp::endpoint endpoint;
  asio::steady_timer pause;
  asio::steady_timer outage;
  asio::signal_set signals;
};

HttpServer::HttpServer(Sandbox& sandbox) : impl_(std::make_unique<Impl>(sandbox)) {}

HttpServer::~HttpServer() = default;

absl::Status HttpServer::UseTls(const std::string& certificate_file, const std::string& private_key_file) {
  asio::ssl::context& context = impl_->tls_context.emplace(asio::ssl::context::tls_server);
  error_code error;
  context.use_certificate_chain_file(certificate_file, error);
  if (error) return Refuse({"cannot use the certificate ", certificate_file, ": ", error.message(), "."});
  context.use_private_key_file(private_key_file, asio::ssl::context::pem, error);
  if (error) return Refuse({"cannot use the private key ", private_key_file, ": ", error.message(), "."});
  return absl::OkStatus();
}

absl::Status HttpServer::Listen(const std::string& address) {
  const absl::StatusOr<tcp::endpoint> endpoint = ParseEndpoint(address);
  if (!endpoint.ok()) return endpoint.status();
  impl_->endpoint = *endpoint;
  const error_code error = impl_->Bind();
  if (error) return Refuse({"cannot listen on ", address, ": ", error.message(), "."});
  return absl::OkStatus();
}

std::string HttpServer::address() const {
  const tcp::endpoint endpoint = impl_->acceptor.local_endpoint();
  const std::string host = endpoint.address().to_string();
  return Concat({endpoint.address().is_v6() ? Concat({"[", host, "]"}) : host, ":", endpoint.port()});
}

bool HttpServer::tls() const { return impl_->tls_context.has_value(); }

void HttpServer::Run() {
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.async_wait([this](const error_code&, int) { impl_->io.stop(); });
  impl_->Accept();
  while (!impl_->io.stopped()) {
    try {
      impl_->io.run();
    } catch (const std::exception&) {
      // A defect of the sandbox. The connection it happened on is gone with its
      // handler; the text is not shown, because it might quote a message.
      std::cerr << "blooio-sandbox: internal error, a connection was dropped\n";
    }
  }
}

}  // namespace blooio::sandbox
