// What one configuration means for calls. Immutable: another configuration is
// another state, and a call keeps the one that it began with to its end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/credentials/account_keys.h"
#include "service/identity/identifier.h"
#include "service/pipeline/key_probe.h"
#include "service/policy/policy.h"
#include "service/telemetry/call_record.h"
#include "service/upstream/circuit.h"
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
  // Whether the upstream is held to be down, of either API; or null.
  std::shared_ptr<Circuit> v2_circuit;
  std::shared_ptr<Circuit> v4_circuit;
  // What the rate limiter knows it by.
  uint32_t place = 0;
};

// What the rate limiter knows a method by, and what a call takes from each limit.
struct MethodTerms {
  uint32_t place = 0;
  int64_t cost = 1;
};

struct PipelineState {
  // A call's time without a deadline of its own, and with whatever deadline.
  absl::Duration default_deadline = absl::Seconds(30);
  absl::Duration max_deadline = absl::Seconds(120);
  // Of one call.
  int max_attempts = 3;
  // In the order of the configuration, which policy's places refer to.
  std::vector<Account> accounts;
  // Its callers' places are those of policy's grants.
  Identifier identifier{{}, /*anonymous=*/false};
  Policy policy{{}};
  // What their calls are counted by, in the same order; or none.
  std::vector<std::shared_ptr<CallerMeter>> caller_meters;
  // What the rate limiter knows them by, likewise.
  std::vector<uint32_t> caller_places;
  // Their weights, likewise.
  std::vector<int> caller_weights;
  // Of methods that differ from a default one.
  absl::flat_hash_map<std::string, MethodTerms> method_terms;

  CallerMeter* MeterOf(const Caller& caller) const {
    return caller.index < caller_meters.size() ? caller_meters[caller.index].get() : nullptr;
  }
  uint32_t PlaceOf(const Caller& caller) const {
    return caller.index < caller_places.size() ? caller_places[caller.index] : 0;
  }
  int WeightOf(const Caller& caller) const {
    return caller.index < caller_weights.size() ? caller_weights[caller.index] : 1;
  }
  MethodTerms TermsOf(const std::string& method) const {
    if (method_terms.empty()) return {};
    const auto terms = method_terms.find(method);
    return terms == method_terms.end() ? MethodTerms{} : terms->second;
  }
};

}  // namespace blooio::gateway
