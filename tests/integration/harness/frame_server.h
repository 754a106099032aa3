// An HTTP/2 server over TLS that does with a stream what its script says, frame by frame,
// and otherwise passes requests on to an HTTP/1.1 server.
//
//   FrameServer server(files, sandbox.address());
//   server.Meet(FrameServer::Act::kRefuse, 2);    // the next two streams
#pragma once

#include <openssl/ssl.h>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/integration/harness/tls_files.h"

namespace blooio::integration {

class FrameServer {
 public:
  enum class Act {
    // The backend is asked, and its answer is passed on.
    kPass,
    // RST_STREAM with REFUSED_STREAM, once the headers have come.
    kRefuse,
    // GOAWAY that leaves the stream out, once its headers have come.
    kGoAway,
    // GOAWAY that does not, and the answer.
    kLastCall,
    // RST_STREAM with INTERNAL_ERROR, the backend not being asked: once the headers
    // have come, some of the body, all of the request.
    kResetBefore,
    kResetWithin,
    kResetAfter,
    // The backend is asked; then, in place of its answer: RST_STREAM, the same after the
    // answer's headers, the end of the connection, a GOAWAY and the end of the connection.
    kAskAndReset,
    kAskAndResetWithin,
    kAskAndHangUp,
    kAskAndGoAway,
  };

  // Listens on a free port of 127.0.0.1.
  FrameServer(const TlsFiles& files, const std::string& backend);
  ~FrameServer();
  FrameServer(const FrameServer&) = delete;
  FrameServer& operator=(const FrameServer&) = delete;

  const std::string& address() const { return address_; }
  // What the next streams meet; nothing is left of what was said before.
  void Meet(Act act, int count);
  // Ends all connections.
  void HangUp();
  // Streams that were begun so far.
  int streams() const;

 private:
  // A connection's socket and thread.
  struct Served {
    int socket = -1;
    std::thread thread;
  };

  void Accept();
  void Serve(Served& served);
  Act Next();

  const std::string backend_;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::string address_;
  int listener_ = -1;
  mutable std::mutex mutex_;  // Guards what follows, and closing sockets.
  Act act_ = Act::kPass;
  int left_ = 0;
  int streams_ = 0;
  std::list<Served> served_;
  std::thread acceptor_;
};

}  // namespace blooio::integration
