// The listener: accepts connections on a loopback address and hands them to
// sessions, all on the thread that calls Run.
//
// Threads: one.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "tests/sandbox/sandbox.h"

namespace blooio::sandbox {

class HttpServer {
 public:
  // The sandbox has to outlive the server.
  explicit HttpServer(Sandbox& sandbox);
  ~HttpServer();

  // Answers by HTTPS from now on: a PEM certificate chain and its key. Fails with
  // a sentence when they cannot be read or do not belong together.
  absl::Status UseTls(const std::string& certificate_file, const std::string& private_key_file);

  // Binds "host:port"; host is a loopback address or "localhost", port 0 takes a
  // free one. Fails with a sentence.
  absl::Status Listen(const std::string& address);

  // "127.0.0.1:4080", with the port that was taken.
  std::string address() const;
  bool tls() const;

  // Serves until SIGINT or SIGTERM arrives; open connections are cut.
  void Run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace blooio::sandbox
