#include "service/server/account_log.h"

#include "service/telemetry/log.h"

namespace blooio::gateway {

void LogKeyNews(const std::string& account, const KeyNews& news) {
  using Event = KeyNews::Event;
  switch (news.event) {
    case Event::kInUse:
      Log(LogLevel::kInfo, "key_in_use", {{"account", account}, {"fingerprint", news.fingerprint}});
      return;
    case Event::kReplacedInUse:
      Log(LogLevel::kError, "replaced_key_in_use",
          {{"account", account},
           {"fingerprint", news.fingerprint},
           {"problem", "Blooio refuses what the key files hold, and accepts a key that they held before"}});
      return;
    case Event::kMarked:
      Log(LogLevel::kError, "account_without_key", {{"account", account}});
      return;
    case Event::kBack:
      Log(LogLevel::kInfo, "account_back", {{"account", account}});
      return;
    case Event::kRouteRefused:
      Log(LogLevel::kError, "route_refused",
          {{"account", account},
           {"fingerprint", news.fingerprint},
           {"problem", "Blooio refused a call with a key that it accepts for GET /me"}});
      return;
  }
}

void LogCircuit(const std::string& account, const std::string& api, bool open) {
  if (!open) return Log(LogLevel::kInfo, "circuit_closed", {{"account", account}, {"api", api}});
  Log(LogLevel::kError, "circuit_open",
      {{"account", account},
       {"api", api},
       {"problem", "Blooio cannot be reached or fails"},
       {"effect", "its calls are refused, but for a probe now and then, until one succeeds"}});
}

}  // namespace blooio::gateway
