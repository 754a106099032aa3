// nghttpx in front of the sandbox: a real HTTP/2 server, over TLS.
#pragma once

#include <memory>
#include <string>

#include "tests/integration/harness/process.h"
#include "tests/integration/harness/tls_files.h"

namespace blooio::integration {

class Http2Front {
 public:
  // Listens on a port of its own and passes everything on to `backend`
  // ("127.0.0.1:port").
  Http2Front(const TlsFiles& files, const std::string& backend);

  const std::string& address() const { return address_; }
  Process& process() { return *process_; }
  // Ends it at once, and starts it again on the same port.
  void Restart();
  // TCP connections that lead to it at the moment, both ends of which are here.
  int Connections() const;

 private:
  // False when the port was taken in the meantime.
  bool Start(const std::string& port);

  const TlsFiles files_;
  const std::string backend_;
  std::string address_;
  std::unique_ptr<Process> process_;
};

}  // namespace blooio::integration
