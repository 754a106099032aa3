// A real HTTP/2 server in front of a RawServer: nghttpx, which speaks HTTP/1.1
// to it, behind a relay that can cut its connections.
#pragma once

#include <sys/types.h>

#include <future>
#include <string>

#include "tests/unit/upstream/raw_server.h"
#include "tests/unit/upstream/tls_files.h"

namespace blooio::gateway {

class Http2Front {
 public:
  // False if nghttpx is not installed.
  static bool Available();

  // Waits until nghttpx listens.
  Http2Front(const TlsFiles& files, int backend_port);
  Http2Front(const Http2Front&) = delete;
  Http2Front& operator=(const Http2Front&) = delete;
  ~Http2Front();

  // https, by way of the relay.
  std::string url() const { return "https://127.0.0.1:" + std::to_string(relay_.port()); }
  int connections() const { return relay_.connections(); }
  // Ends all connections made so far, by RST or FIN; returns when that is done.
  // Later ones pass.
  void CutConnections(bool reset);

 private:
  void Relay(RawServer& server);

  int port_;
  pid_t process_ = -1;
  FileDescriptor cut_;
  bool reset_ = false;
  std::promise<void> cut_done_;
  RawServer relay_;
};

}  // namespace blooio::gateway
