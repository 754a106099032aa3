// nginx with a configuration of its own, in one process: the upstream, which answers all
// requests alike, or a reverse proxy in front of it.
//
//   Nginx upstream(files, Nginx::Answering(folder.Write("reply.json", ReplyJson(0))));
//   Nginx proxy(files, Nginx::Passing(upstream));
#pragma once

#include <memory>
#include <string>

#include "tests/integration/harness/process.h"
#include "tests/integration/harness/temp_dir.h"
#include "tests/integration/harness/tls_files.h"

namespace blooio::bench {

class Nginx {
 public:
  // What it does, in the words of its configuration.
  struct Duty {
    std::string upstreams = "";
    std::string locations = "";
    std::string clear_location;
    std::string tls_location;
  };
  // `file` is the answer to everything.
  static Duty Answering(const std::string& file);
  static Duty Passing(const Nginx& upstream);

  // Throws when it does not start.
  Nginx(const integration::TlsFiles& files, const Duty& duty);

  // HTTP/1.1 in clear text, and HTTP/2 over TLS.
  const std::string& clear_address() const { return clear_; }
  const std::string& tls_address() const { return tls_; }
  pid_t pid() const { return process_->pid(); }

 private:
  bool Start(const integration::TlsFiles& files, const Duty& duty);

  integration::TempDir folder_;
  std::string clear_;
  std::string tls_;
  std::unique_ptr<integration::Process> process_;
};

}  // namespace blooio::bench
