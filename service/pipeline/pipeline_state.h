// What one configuration means for calls. Immutable: another configuration is
// another state, and a call keeps the one that it began with to its end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/credentials/account_keys.h"
#include "service/identity/identifier.h"
#include "service/pipeline/key_probe.h"
#include "service/policy/policy.h"
#include "service/telemetry/call_record.h"
#include "service/upstream/upstream.h"

namespace blooio::gateway {

struct Account {
  std::string name;
  std::shared_ptr<const Endpoint> v2;
  std::shared_ptr<const Endpoint> v4;
  bool v2_headers_into_body = false;
  std::shared_ptr<AccountKeys> keys;
  // Told at once when Blooio has rejected the last key; may be null.
  std::shared_ptr<KeyProbe> probe;
  // What its calls are counted by.
  std::shared_ptr<AccountMeter> meter;
};

struct PipelineState {
  // A call's time without a deadline of its own, and with whatever deadline.
  absl::Duration default_deadline = absl::Seconds(30);
  absl::Duration max_deadline = absl::Seconds(120);
  // In the order of the configuration, which policy's places refer to.
  std::vector<Account> accounts;
  // Its callers' places are those of policy's grants.
  Identifier identifier{{}, /*anonymous=*/false};
  Policy policy{{}};
  // What their calls are counted by, in the same order; or none.
  std::vector<std::shared_ptr<CallerMeter>> caller_meters;

  CallerMeter* MeterOf(const Caller& caller) const {
    return caller.index < caller_meters.size() ? caller_meters[caller.index].get() : nullptr;
  }
};

}  // namespace blooio::gateway
