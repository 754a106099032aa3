#include "tests/integration/harness/frame_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>
#include <utility>

#include "service/base/signals_blocked.h"
#include "tests/integration/harness/frame_session.h"

namespace blooio::integration {
namespace {

constexpr std::string_view kH2 = "\x02h2";

int ChooseH2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
             unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(kH2.data()),
                                           static_cast<unsigned int>(kH2.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX* MakeContext(const TlsFiles& files) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_alpn_select_cb(context, ChooseH2, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("cannot use the certificate");
  }
  return context;
}

}  // namespace

FrameServer::FrameServer(const TlsFiles& files, const std::string& backend)
    : backend_(backend),
      context_(MakeContext(files), SSL_CTX_free),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  // A peer that is gone is no reason to die of SIGPIPE.
  const gateway::SignalsBlocked blocked;
  acceptor_ = std::thread([this] { Accept(); });
}

FrameServer::~FrameServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  HangUp();
  for (Served& served : served_) served.thread.join();
}

void FrameServer::HangUp() {
  std::lock_guard lock(mutex_);
  for (const Served& served : served_) {
    if (served.socket >= 0) shutdown(served.socket, SHUT_RDWR);
  }
}

void FrameServer::Meet(Act act, int count) {
  std::lock_guard lock(mutex_);
  act_ = act;
  left_ = count;
}

int FrameServer::streams() const {
  std::lock_guard lock(mutex_);
  return streams_;
}

FrameServer::Act FrameServer::Next() {
  std::lock_guard lock(mutex_);
  ++streams_;
  return left_ > 0 && left_-- > 0 ? act_ : Act::kPass;
}

void FrameServer::Accept() {
  while (true) {
    const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    const int on = 1;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::lock_guard lock(mutex_);
    Served& served = served_.emplace_back();
    served.socket = peer;
    served.thread = std::thread([this, &served] { Serve(served); });
  }
}

void FrameServer::Serve(Served& served) {
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(tls.get(), served.socket);
  if (SSL_accept(tls.get()) == 1) FrameSession(tls.get(), backend_, [this] { return Next(); }).Run();
  // What was said arrives only if all that the peer says is read.
  shutdown(served.socket, SHUT_WR);
  char ignored[1024];
  while (recv(served.socket, ignored, sizeof ignored, 0) > 0) {
  }
  std::lock_guard lock(mutex_);
  close(std::exchange(served.socket, -1));
}

}  // namespace blooio::integration
