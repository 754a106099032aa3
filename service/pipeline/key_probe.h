// Brings a marked account back: asks Blooio for GET /me with each of its keys until
// one is accepted. First at once, then every kPeriod; one probe at a time. An account
// that a probe brought back and that is marked again at once waits for kPeriod, so
// that an upstream which takes back what it says is not asked without end.
//
//   probe->Tick();   // when the account was marked, and every second or so
//
// Success alone proves a key, which becomes the active one: a 404 may come from
// something that is not the API, and a 403 from a proxy before it. Says in the log
// when the account stops and when it goes on; its attempts are counted by the meter.
//
// Thread-safe. Lives until its last attempt has ended; what it is given by reference
// outlives it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/credentials/account_keys.h"
#include "service/telemetry/call_record.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {

class KeyProbe : public std::enable_shared_from_this<KeyProbe> {
 public:
  static constexpr absl::Duration kPeriod = absl::Seconds(30);

  KeyProbe(std::string account, std::shared_ptr<AccountKeys> keys, std::shared_ptr<const Endpoint> v4,
           AttemptStarter& upstream, const Clock& clock, AccountMeter* meter = nullptr);

  // Begins a probe if the account is marked and it is time for one.
  void Tick();

 private:
  bool IsTime();
  void Try(std::vector<KeyUse> uses);
  void Finish(std::vector<KeyUse> uses, const AttemptResult& result);
  void End(bool back);

  const std::string account_;
  const std::shared_ptr<AccountKeys> keys_;
  const std::shared_ptr<const Endpoint> v4_;
  AttemptStarter& upstream_;
  const Clock& clock_;
  AccountMeter* const meter_;

  std::mutex mutex_;  // Guards what follows.
  bool under_way_ = false;
  absl::Time last_ = absl::InfinitePast();  // probe of this mark, or when one brought it back
  absl::Time back_ = absl::InfinitePast();
  absl::Time mark_ = absl::InfinitePast();  // the one it was for
};

}  // namespace blooio::gateway
