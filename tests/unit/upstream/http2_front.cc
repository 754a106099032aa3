#include "tests/unit/upstream/http2_front.h"

#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace blooio::gateway {
namespace {

constexpr char kProgram[] = "/usr/sbin/nghttpx";

// False at the end of the stream.
bool Copy(int from, int to) {
  std::array<char, 65536> buffer;
  const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
  return size > 0 && send(to, buffer.data(), static_cast<size_t>(size), MSG_NOSIGNAL) == size;
}

}  // namespace

bool Http2Front::Available() { return access(kProgram, X_OK) == 0; }

Http2Front::Http2Front(const TlsFiles& files, int backend_port)
    : port_(UnusedPort()),
      cut_(eventfd(0, EFD_CLOEXEC)),
      relay_([this](RawServer& server) { Relay(server); }) {
  const std::string frontend = "--frontend=127.0.0.1," + std::to_string(port_);
  const std::string backend = "--backend=127.0.0.1," + std::to_string(backend_port);
  std::vector<std::string> texts{kProgram,
                                 "--conf=/dev/null",
                                 "--single-process",
                                 "--no-ocsp",
                                 "--errorlog-file=/dev/null",
                                 frontend,
                                 backend,
                                 files.key_file(),
                                 files.certificate_file()};
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  if (posix_spawn(&process_, kProgram, nullptr, nullptr, argv.data(), environ) != 0) std::abort();
  while (!Dial(port_).valid()) {
    if (waitpid(process_, nullptr, WNOHANG) != 0) std::abort();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Http2Front::~Http2Front() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Http2Front::CutConnections(bool reset) {
  reset_ = reset;
  cut_done_ = {};
  eventfd_write(cut_.get(), 1);
  cut_done_.get_future().wait();
}

void Http2Front::Relay(RawServer& server) {
  struct Pair {
    RawConnection client;
    FileDescriptor upstream;
  };
  std::vector<Pair> pairs;
  for (;;) {
    std::vector<int> fds{cut_.get(), server.listener()};
    for (const Pair& pair : pairs) fds.insert(fds.end(), {pair.client.fd(), pair.upstream.get()});
    const int ready = server.AwaitReadable(fds);
    if (ready < 0) return;
    if (ready == cut_.get()) {
      eventfd_t count;
      eventfd_read(cut_.get(), &count);
      for (Pair& pair : pairs) {
        if (reset_) pair.client.Reset();
      }
      pairs.clear();
      cut_done_.set_value();
    } else if (ready == server.listener()) {
      pairs.push_back({server.Accept(), Dial(port_)});
    } else {
      std::erase_if(pairs, [&](const Pair& pair) {
        const int client = pair.client.fd();
        const int upstream = pair.upstream.get();
        return (ready == client && !Copy(client, upstream)) || (ready == upstream && !Copy(upstream, client));
      });
    }
  }
}

}  // namespace blooio::gateway
