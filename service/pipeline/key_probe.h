// Asks Blooio for GET /me with an account's keys, one after the other, when the
// account is suspect or marked: what that means is AccountKeys' to say, which also
// says when it is time. So a probe may be made anew, as for another configuration. Its
// attempts are counted by the meter.
//
//   probe->Tick();   // when a call was refused, and every second or so
//
// Thread-safe. Lives until its last attempt has ended; what it is given by reference
// outlives it.
#pragma once

#include <memory>

#include "service/base/clock.h"
#include "service/credentials/account_keys.h"
#include "service/telemetry/call_record.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {

class KeyProbe : public std::enable_shared_from_this<KeyProbe> {
 public:
  KeyProbe(std::shared_ptr<AccountKeys> keys, std::shared_ptr<const Endpoint> v4, AttemptStarter& upstream,
           const Clock& clock, std::shared_ptr<AccountMeter> meter = nullptr);

  // Begins a probe if it is time for one.
  void Tick();

 private:
  void Try(KeyUse use);
  void Finish(KeyUse use, const AttemptResult& result);

  const std::shared_ptr<AccountKeys> keys_;
  const std::shared_ptr<const Endpoint> v4_;
  AttemptStarter& upstream_;
  const Clock& clock_;
  const std::shared_ptr<AccountMeter> meter_;
};

}  // namespace blooio::gateway
