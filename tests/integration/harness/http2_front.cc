#include "tests/integration/harness/http2_front.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/harness/raw_server.h"

namespace blooio::integration {
namespace {

std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

}  // namespace

Http2Front::Http2Front(const TlsFiles& files, const std::string& backend) : files_(files), backend_(backend) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    address_ = ClosedPort().address();
    if (Start(PortOf(address_))) return;
  }
  throw std::runtime_error("nghttpx: " + process_->err());
}

bool Http2Front::Start(const std::string& port) {
  process_ = std::make_unique<Process>(std::vector<std::string>{
      "/usr/sbin/nghttpx", "--conf=/dev/null", "--no-ocsp", "--workers=1", "--errorlog-file=/dev/stderr",
      "--log-level=NOTICE", "--accesslog-file=/dev/null", "--frontend=127.0.0.1," + port,
      "--backend=127.0.0.1," + PortOf(backend_), files_.private_key, files_.certificate});
  return process_->WaitForError("Listening on 127.0.0.1:" + port, absl::Seconds(10));
}

void Http2Front::Restart() {
  process_->Signal(SIGKILL);
  // Its worker ends with it; then the port is free.
  process_->WaitForExit(absl::Seconds(10));
  if (!Start(PortOf(address_))) throw std::runtime_error("nghttpx: " + process_->err());
}

int Http2Front::Connections() const {
  const std::string port = absl::AsciiStrToUpper(
      absl::StrCat("0100007F:", absl::Hex(std::stoi(PortOf(address_)), absl::kZeroPad4)));
  std::ifstream table("/proc/net/tcp");
  int count = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state;
    words >> number >> local >> remote >> state;
    if (remote == port && state == "01") ++count;
  }
  return count;
}

}  // namespace blooio::integration
