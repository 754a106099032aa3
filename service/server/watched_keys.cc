#include "service/server/watched_keys.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "service/base/clock.h"
#include "service/credentials/key_files.h"
#include "service/server/account_log.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

struct SlotNames {
  const char* slot;
  const char* setting;
};
constexpr std::array<SlotNames, 2> kSlots = {
    {{"current", "accounts.api_key_file"}, {"next", "accounts.next_api_key_file"}}};

// Tells of an account's key files, in the log and in the metrics.
class Teller {
 public:
  Teller(const std::string& account, Telemetry& telemetry) : account_(account), telemetry_(telemetry) {}

  void Tell(const KeyFileNews& news) {
    const size_t slot = news.slot == KeySlot::kCurrent ? 0 : 1;
    if (!meters_[slot]) meters_[slot].emplace(telemetry_.files().Meter(kSlots[slot].setting, account_));
    meters_[slot]->SetRefused(news.event == KeyFileNews::Event::kKept);
    LogNews(news, kSlots[slot].slot);
  }

 private:
  void LogNews(const KeyFileNews& news, const std::string& slot) const;

  const std::string account_;
  Telemetry& telemetry_;
  std::array<std::optional<FileMeter>, 2> meters_;
};

void Teller::LogNews(const KeyFileNews& news, const std::string& slot) const {
  using Event = KeyFileNews::Event;
  switch (news.event) {
    case Event::kLoaded:
      Log(LogLevel::kInfo, "key_loaded",
          {{"account", account_}, {"slot", slot}, {"fingerprint", news.fingerprint}});
      return;
    case Event::kKept:
      Log(LogLevel::kError, "key_file_refused",
          {{"account", account_},
           {"slot", slot},
           {"problem", news.problem},
           {"effect", "a key that it held before stays"}});
      return;
    case Event::kGoodAgain:
      Log(LogLevel::kInfo, "key_file_good_again",
          {{"account", account_}, {"slot", slot}, {"fingerprint", news.fingerprint}});
      return;
    case Event::kGone:
      Log(LogLevel::kInfo, "key_file_gone", {{"account", account_}, {"slot", slot}});
      return;
  }
}

// What holds the keys together with their files; `watch` goes first.
struct WatchedKeys {
  WatchedKeys(const std::string& account, Telemetry& telemetry)
      : keys(SystemClock(), [account](const KeyNews& news) { LogKeyNews(account, news); }),
        teller(account, telemetry) {}
  AccountKeys keys;
  Teller teller;
  std::unique_ptr<KeyFiles> files;
  FileWatcher::Watch watch;
};

}  // namespace

absl::StatusOr<std::shared_ptr<AccountKeys>> OpenKeys(const v1::AccountConfig& config, FileWatcher& watcher,
                                                      Telemetry& telemetry) {
  auto watched = std::make_shared<WatchedKeys>(config.name(), telemetry);
  std::shared_ptr<AccountKeys> keys(watched, &watched->keys);
  auto files = KeyFiles::Open({config.api_key_file(), config.next_api_key_file()}, watched->keys,
                              [&teller = watched->teller](const KeyFileNews& news) { teller.Tell(news); });
  if (!files.ok()) return files.status();
  watched->files = *std::move(files);
  watched->watch = watcher.Add(
      watched->files->paths(), [look = watched->files.get()] { look->Look(); }, KeyFiles::kSecondLook);
  return keys;
}

}  // namespace blooio::gateway
