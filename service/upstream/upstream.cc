#include "service/upstream/upstream.h"

#include <openssl/x509_vfy.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/loop.h"

namespace blooio::gateway {
namespace {

struct StoreDeleter {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};

// libcurl would find out with the first call only.
absl::Status CheckAuthorities(const std::string& file) {
  const std::unique_ptr<X509_STORE, StoreDeleter> store(X509_STORE_new());
  if (!store || X509_STORE_load_file(store.get(), file.c_str()) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("no certificates can be read from ca_file ", file));
  }
  return absl::OkStatus();
}

absl::Status InitializeCurl() {
  static const CURLcode code = [] {
    // libcurl would write the secrets of all TLS sessions to the file it names, and
    // with them, to whoever also reads the network, our keys and every message.
    unsetenv("SSLKEYLOGFILE");
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  if (code == CURLE_OK) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("libcurl: ", curl_easy_strerror(code)));
}

// Half of the descriptors, without those the process needs for itself, shared
// by the threads; the other half is for callers' connections.
int DefaultMaxConnections(int threads) {
  constexpr rlim_t kOwnDescriptors = 128, kFewest = 8, kMost = 10000;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= kOwnDescriptors) return kFewest;
  const rlim_t share = (limit.rlim_cur - kOwnDescriptors) / (2 * static_cast<rlim_t>(threads));
  return static_cast<int>(std::clamp(share, kFewest, kMost));
}

UpstreamOptions WithDefaults(UpstreamOptions options) {
  if (options.max_connections == 0) options.max_connections = DefaultMaxConnections(options.threads);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Upstream>> Upstream::Create(const UpstreamOptions& options) {
  if (options.threads < 1) return absl::InvalidArgumentError("upstream needs at least one thread");
  if (options.max_connections < 0) return absl::InvalidArgumentError("max_connections is negative");
  if (absl::Status status = InitializeCurl(); !status.ok()) return status;
  if (!options.ca_file.empty()) {
    if (absl::Status status = CheckAuthorities(options.ca_file); !status.ok()) return status;
  }
  std::unique_ptr<Upstream> upstream(new Upstream(WithDefaults(options)));
  for (int i = 0; i < options.threads; ++i) {
    absl::StatusOr<std::unique_ptr<Loop>> loop = Loop::Create(upstream->options_, upstream->loops_.size());
    if (!loop.ok()) return loop.status();
    upstream->loops_.push_back(*std::move(loop));
  }
  return upstream;
}

Upstream::Upstream(const UpstreamOptions& options) : options_(options) {}

// All at once rather than one after the other.
Upstream::~Upstream() {
  for (const std::unique_ptr<Loop>& loop : loops_) loop->Stop();
}

std::shared_ptr<Attempt> Upstream::Start(std::shared_ptr<const Endpoint> endpoint,
                                         std::shared_ptr<const SecretString> key, const RestRequest& request,
                                         absl::Time deadline, Done done) {
  const std::shared_ptr<Mailbox>& mailbox = ChooseLoop().mailbox();
  auto attempt = std::make_shared<RunningAttempt>(mailbox, std::move(endpoint), std::move(key), request,
                                                  deadline, std::move(done));
  if (!mailbox->Post({Mailbox::Verb::kStart, attempt})) {
    AttemptResult result;
    result.end = AttemptEnd::kCancelled;
    result.last_event = "queue: shutting down";
    attempt->Finish(std::move(result));
  }
  return attempt;
}

Upstream::Loop& Upstream::ChooseLoop() {
  if (shifts_.load(std::memory_order_relaxed) >= loops_.size()) {
    for (const std::unique_ptr<Loop>& loop : loops_) {
      if (loop->mailbox()->ReadByThisThread()) return *loop;
    }
  }
  return *loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()];
}

class Upstream::LoopShift final : public Shift {
 public:
  LoopShift(Loop& loop, std::atomic<size_t>& shifts) : loop_(loop), shifts_(shifts) {
    Mailbox::WillRead(loop.mailbox().get());
    loop_.Come();
    ++shifts_;
  }
  ~LoopShift() override {
    --shifts_;
    Mailbox::WillRead(nullptr);
    loop_.Leave(here_);
  }
  void Send() override {
    Come();
    loop_.Turn(false);
  }
  bool Turn() override {
    Come();
    return loop_.Turn(true);
  }
  void Pause() override { loop_.Leave(std::exchange(here_, false)); }

 private:
  void Come() {
    if (!std::exchange(here_, true)) loop_.Come();
  }

  Loop& loop_;
  std::atomic<size_t>& shifts_;
  bool here_ = true;
};

std::unique_ptr<Shift> Upstream::Join(size_t number) {
  return std::make_unique<LoopShift>(*loops_[number % loops_.size()], shifts_);
}

Upstream::Connections Upstream::CountConnections() const {
  Connections all;
  for (const auto& loop : loops_) {
    // What was closed had been opened: in this order the difference is never negative.
    const uint64_t closed = loop->connections().closed.load();
    const uint64_t opened = loop->connections().opened.load();
    all.opened += opened;
    all.open += opened - closed;
  }
  return all;
}

}  // namespace blooio::gateway
