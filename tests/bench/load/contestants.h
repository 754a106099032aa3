// Everything that is measured, running: the upstream, the gateway with all that it can do
// switched on, and what it is compared with. A window of one of them is a client process
// of its own, which ends with the window.
//
//   Contestants contestants(24, 0, "…/go-gateway");
//   for (const std::string& name : contestants.names()) contestants.Measure(name, {.in_flight = 64}, length);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/load/nginx.h"
#include "tests/bench/load/sample.h"
#include "tests/integration/harness/caller_token.h"
#include "tests/integration/harness/gateway_server.h"

namespace blooio::bench {

class Contestants {
 public:
  // Sizes: of a message's text, and of what is added to the least answer, bytes.
  // `go_gateway`: the peer's binary; empty: without it. Throws when something does not start.
  Contestants(size_t text_bytes, size_t reply_bytes, const std::string& go_gateway);

  const std::vector<std::string>& names() const { return names_; }
  // Throws when a call fails.
  Sample Measure(const std::string& name, const Case& what, absl::Duration length);

 private:
  // What speaks one protocol upstream.
  struct Servers {
    std::unique_ptr<integration::GatewayServer> gateway;
    std::unique_ptr<integration::Process> go;
    std::string go_address;
  };
  Servers Start(const std::string& scheme, const std::string& upstream, const std::string& go_gateway) const;
  std::vector<std::string> Command(const std::string& name, const Case& what) const;

  const size_t text_bytes_;
  const integration::TempDir folder_;
  const integration::TlsFiles files_ = integration::MakeTlsFiles(folder_, "upstream");
  const integration::CallerToken token_;
  const std::string log_file_ = folder_.Write("gateway.log", "");
  Nginx upstream_;
  Nginx proxy_;
  integration::Process no_op_;
  std::string no_op_address_;
  Servers http1_;
  Servers http2_;
  std::vector<std::string> names_;
};

}  // namespace blooio::bench
