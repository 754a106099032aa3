// The errors of calls that the gateway refuses by itself, before anything is
// sent. Those that say so are worth repeating, the others not unchanged.
#pragma once

#include <string_view>

#include "service/errors/gateway_error.h"
#include "service/identity/failure.h"
#include "service/policy/policy.h"
#include "service/ratelimit/decision.h"
#include "service/transcoding/validator.h"

namespace blooio::gateway {

// No credential where one is needed, or one that is not accepted. Says nothing
// about policy.
GatewayError Unauthenticated(IdentityFailure failure);

// The caller's policy does not grant this call; says which of its grants is
// missing and nothing of anybody else's, nor whether an account exists. `account`
// is empty where the call has none.
GatewayError NotAllowed(PolicyRule broken, std::string_view account = "");

// The request breaks the contract; every violation is listed.
GatewayError InvalidRequest(const Violations& violations, std::string_view account);

// A client library repeats a changing call that no key protects.
GatewayError RetryWithoutKey(std::string_view account);

// Blooio has rejected every key of the account; nothing was sent. Worth repeating
// when a probe may have found one that is accepted again.
GatewayError AccountWithoutKey(std::string_view account, Randomness& randomness);

// Whom a limit is of, by the names that callers know.
struct LimitOwners {
  std::string_view account;
  std::string_view caller;
  std::string_view method;
};

// A limit has no room for the call's next attempt now, nor soon enough to wait for it;
// what was attempted before has not happened. Says which limit, its numbers and when
// to come back.
GatewayError RateLimited(const Refusal& refusal, const LimitOwners& names, int attempts,
                         Randomness& randomness);

// The gateway carries as many calls as it may, or cannot protect this one just now:
// `why`, a sentence. Nothing was sent.
GatewayError Overloaded(std::string_view why, std::string_view account, Randomness& randomness);

// The upstream is held to be down until a probe, `wait` from now, says otherwise.
GatewayError CircuitOpen(std::string_view account, absl::Duration wait, int attempts, Randomness& randomness);

// What the ledger knows of the operation that the call names, where that ends the call.
// Of a running one the end may come soon.
GatewayError KeyReused(std::string_view account);
GatewayError InProgress(std::string_view account, Randomness& randomness);
// It may have happened, and no key upstream can settle that.
GatewayError StillUnknown(std::string_view account);

// The gateway is going away and nothing was sent: another one will take it.
GatewayError Draining(Randomness& randomness);

}  // namespace blooio::gateway
