// A server that does what a test's script says, byte by byte, on one thread.
//
//   RawServer server([](RawServer& server) {
//     RawConnection connection = server.Accept();
//     connection.ReadRequest();
//     connection.Write("HTTP/1.1 204 No Content\r\n\r\n");
//   });
//
// Listens on a free loopback port. Everything a script waits for ends when the
// server is destroyed, so scripts need no timeouts: what they then get is empty.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "service/base/file_descriptor.h"

namespace blooio::gateway {

class RawServer;

class RawConnection {
 public:
  RawConnection() = default;
  bool valid() const { return socket_.valid(); }
  int fd() const { return socket_.get(); }

  // One whole request, headers and Content-Length body, as it stood on the wire.
  // Nothing if the peer is gone first.
  std::optional<std::string> ReadRequest();
  // Whatever comes next; empty if the peer is gone.
  std::string ReadSome();
  void Write(std::string_view bytes);
  // Waits until the peer closes.
  void AwaitClose();
  // Ends the connection, with RST instead of FIN in the second case.
  void Close();
  void Reset();

 private:
  friend class RawServer;
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  RawServer* server_ = nullptr;
  FileDescriptor socket_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  std::string unread_;
};

class RawServer {
 public:
  using Script = std::function<void(RawServer&)>;
  // With `tls`, connections are accepted as TLS ones. It must outlive the server.
  explicit RawServer(Script script, SSL_CTX* tls = nullptr);
  ~RawServer();

  // For scripts. Invalid when the server is being destroyed, or, with TLS, when
  // the handshake failed.
  RawConnection Accept();
  // The first of these that has something to read; -1 if the server is being destroyed.
  int AwaitReadable(const std::vector<int>& fds);
  int listener() const { return listener_.get(); }
  // Accepts all connections and answers every request on them.
  void AnswerAll(std::string_view answer);

  int port() const { return port_; }
  std::string url() const;
  int connections() const { return connections_; }
  // Whole requests read so far.
  int requests() const;
  std::vector<std::string> request_texts() const;
  // Waits until so many are.
  void AwaitRequests(int count);

 private:
  friend class RawConnection;
  void Record(std::string request);

  SSL_CTX* const tls_;
  FileDescriptor listener_;
  FileDescriptor stop_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable more_texts_;
  std::vector<std::string> texts_;
  std::thread thread_;
};

// A port that nobody listens on just now.
int UnusedPort();
// Connects to a loopback port; invalid if refused.
FileDescriptor Dial(int port);

}  // namespace blooio::gateway
