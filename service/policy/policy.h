// May this caller make this call, on this account? Compiled once from the
// configuration; a decision costs a few comparisons and allocates nothing.
//
//   Policy policy(grants);                                // one entry a caller
//   const std::optional<size_t> account = policy.ChooseAccount(caller, "main");
//   const PolicyVerdict verdict = policy.Decide(caller, intent);
//   if (verdict.refused) …
//
// What a refusal tells is about the caller's own grants alone: an account that
// is not granted and one that does not exist look the same.
//
// A caller with `senders` or `channels` is tied to them: a call that takes a
// number or a channel has to name one of them, and one into a chat, whose channel
// only the upstream knows, is refused. What is not said cannot be checked.
//
// Thread-safe: immutable after construction.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace blooio::gateway {

// What one caller is granted.
struct Grants {
  // Accounts by name, each with its place in the configuration; the first is the
  // default.
  std::vector<std::pair<std::string, size_t>> accounts = {};
  // "package.Service/Method", "package.Service/*", "reads" (every method that
  // changes nothing) or "*".
  std::vector<std::string> methods = {};
  // Empty: any.
  std::vector<std::string> senders = {};
  std::vector<std::string> channels = {};
  // Most recipients of one call; 0: any number.
  size_t max_recipients = 0;
  // Everything but accounts is decided, counted and not enforced.
  bool shadow = false;
};

// What a call says about itself.
struct Intent {
  // "package.Service/Method", and whether it changes nothing.
  std::string_view method = {};
  bool read_only = false;
  // Whether such a request names a number, a channel or a chat.
  bool takes_sender = false;
  bool takes_channel = false;
  bool takes_chat = false;
  // What it does name, or "".
  std::string_view sender = {};
  std::string_view channel = {};
  size_t recipients = 0;
};

// What a call may break; kAccount is ChooseAccount's to say, the others Decide's.
enum class PolicyRule { kNone, kAccount, kMethod, kSender, kChannel, kRecipients };
inline constexpr std::string_view kPolicyRuleNames[] = {"",       "account", "method",
                                                        "sender", "channel", "recipients"};
inline std::string_view RuleWord(PolicyRule rule) { return kPolicyRuleNames[static_cast<size_t>(rule)]; }

struct PolicyVerdict {
  PolicyRule broken = PolicyRule::kNone;
  // Not so in shadow mode.
  bool refused = false;
};

class Policy {
 public:
  // Callers are known by their place in `grants`.
  explicit Policy(const std::vector<Grants>& grants);

  // The granted account that `requested` names, the first one for ""; nothing
  // when it may not be used.
  std::optional<size_t> ChooseAccount(size_t caller, std::string_view requested) const;
  PolicyVerdict Decide(size_t caller, const Intent& intent) const;

 private:
  using Set = absl::flat_hash_set<std::string>;
  struct Compiled {
    std::optional<size_t> first_account;
    absl::flat_hash_map<std::string, size_t> accounts;
    Set methods;
    Set services;
    bool reads = false;
    bool all_methods = false;
    bool tied = false;
    Set senders;
    Set channels;
    size_t max_recipients = 0;
    bool shadow = false;
  };

  static PolicyRule Broken(const Compiled& caller, const Intent& intent);

  std::vector<Compiled> callers_;
};

}  // namespace blooio::gateway
