#include "service/server/watched_keys.h"

#include <string>
#include <utility>

#include "service/base/clock.h"
#include "service/credentials/key_files.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

// What holds the keys together with their files; `watch` goes first.
struct WatchedKeys {
  AccountKeys keys{SystemClock()};
  std::unique_ptr<KeyFiles> files;
  FileWatcher::Watch watch;
};

void LogNews(const std::string& account, const KeyFileNews& news) {
  using Event = KeyFileNews::Event;
  const std::string slot = news.slot == KeySlot::kCurrent ? "current" : "next";
  switch (news.event) {
    case Event::kLoaded:
      Log(LogLevel::kInfo, "key_loaded",
          {{"account", account}, {"slot", slot}, {"fingerprint", news.fingerprint}});
      return;
    case Event::kKept:
      Log(LogLevel::kError, "key_file_refused",
          {{"account", account},
           {"slot", slot},
           {"problem", news.problem},
           {"effect", "a key that it held before stays"}});
      return;
    case Event::kGoodAgain:
      Log(LogLevel::kInfo, "key_file_good_again",
          {{"account", account}, {"slot", slot}, {"fingerprint", news.fingerprint}});
      return;
    case Event::kGone:
      Log(LogLevel::kInfo, "key_file_gone", {{"account", account}, {"slot", slot}});
      return;
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<AccountKeys>> OpenKeys(const v1::AccountConfig& config, FileWatcher& watcher) {
  auto watched = std::make_shared<WatchedKeys>();
  std::shared_ptr<AccountKeys> keys(watched, &watched->keys);
  auto files = KeyFiles::Open({config.api_key_file(), config.next_api_key_file()}, watched->keys,
                              [account = config.name()](const KeyFileNews& news) { LogNews(account, news); });
  if (!files.ok()) return files.status();
  watched->files = *std::move(files);
  watched->watch = watcher.Add(watched->files->paths(), [look = watched->files.get()] { look->Look(); });
  return keys;
}

}  // namespace blooio::gateway
