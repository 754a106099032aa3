#include "tests/bench/load/nginx.h"

#include <filesystem>
#include <stdexcept>

#include "absl/strings/substitute.h"
#include "tests/integration/harness/raw_server.h"

namespace blooio::bench {
namespace {

using integration::ClosedPort;
using integration::Process;

// $0: folder, $1, $2: addresses, $3: upstreams, $4, $5, $8: locations, $6, $7: certificate and
// key.
// More than a run makes of each: connections that end by themselves would be measured as well.
constexpr char kConfiguration[] = R"(
daemon off;
master_process off;
pid $0/pid;
error_log stderr notice;
events { worker_connections 32768; }
http {
  access_log off;
  server_tokens off;
  log_not_found off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_max_body_size 8m;
  client_body_buffer_size 2m;
  client_body_temp_path $0/body;
  proxy_temp_path $0/proxy;
  fastcgi_temp_path $0/fastcgi;
  uwsgi_temp_path $0/uwsgi;
  scgi_temp_path $0/scgi;
  $3
  server {
    listen $1 backlog=4096;
    location / { $4 }
    $8
  }
  server {
    listen $2 ssl http2 backlog=4096;
    http2_max_concurrent_streams 1024;
    ssl_certificate $6;
    ssl_certificate_key $7;
    location / { $5 }
    $8
  }
}
)";

}  // namespace

Nginx::Duty Nginx::Answering(const std::string& file) {
  // An answer that does not wait for the request's body would reset its HTTP/2 stream;
  // `mirror` is what makes nginx read it. There is no other file, so all get this one.
  const std::string answer = absl::Substitute("root $0; mirror /mirrored; error_page 404 405 =201 /$1; ",
                                              std::filesystem::path(file).parent_path().string(),
                                              std::filesystem::path(file).filename().string());
  return {.locations = "location = /mirrored { return 204; } open_file_cache max=16;",
          .clear_location = answer,
          .tls_location = answer};
}

Nginx::Duty Nginx::Passing(const Nginx& upstream) {
  constexpr char kUpstream[] = "upstream $0 { server $1; keepalive 512; keepalive_requests 1000000000; } ";
  constexpr char kPass[] = "proxy_pass $0; proxy_http_version 1.1; proxy_set_header Connection ''; ";
  return {.upstreams = absl::Substitute(kUpstream, "clear", upstream.clear_address()) +
                       absl::Substitute(kUpstream, "tls", upstream.tls_address()),
          .clear_location = absl::Substitute(kPass, "http://clear"),
          .tls_location = absl::Substitute(kPass, "https://tls")};
}

Nginx::Nginx(const integration::TlsFiles& files, const Duty& duty) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (Start(files, duty)) return;
  }
  throw std::runtime_error("nginx: " + process_->err());
}

bool Nginx::Start(const integration::TlsFiles& files, const Duty& duty) {
  clear_ = ClosedPort().address();
  tls_ = ClosedPort().address();
  const std::string configuration =
      folder_.Write("nginx.conf", absl::Substitute(kConfiguration, folder_.path().string(), clear_, tls_,
                                                   duty.upstreams, duty.clear_location, duty.tls_location,
                                                   files.certificate, files.private_key, duty.locations));
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"/usr/sbin/nginx", "-e", "stderr", "-c", configuration});
  // Said when its listeners are open.
  return process_->WaitForError("using the \"epoll\" event method", absl::Seconds(10));
}

}  // namespace blooio::bench
