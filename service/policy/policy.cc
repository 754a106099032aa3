#include "service/policy/policy.h"

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

bool Has(const absl::flat_hash_set<std::string>& set, std::string_view text) {
  return set.contains(Piece(text));
}

}  // namespace

Policy::Policy(const std::vector<Grants>& grants) {
  for (const Grants& grant : grants) {
    Compiled caller;
    if (!grant.accounts.empty()) caller.first_account = grant.accounts.front().second;
    caller.accounts.insert(grant.accounts.begin(), grant.accounts.end());
    for (const std::string& method : grant.methods) {
      if (method == "*") {
        caller.all_methods = true;
      } else if (method == "reads") {
        caller.reads = true;
      } else if (method.ends_with("/*")) {
        caller.services.insert(method.substr(0, method.size() - 2));
      } else {
        caller.methods.insert(method);
      }
    }
    caller.senders.insert(grant.senders.begin(), grant.senders.end());
    caller.channels.insert(grant.channels.begin(), grant.channels.end());
    caller.tied = !caller.senders.empty() || !caller.channels.empty();
    caller.max_recipients = grant.max_recipients;
    caller.shadow = grant.shadow;
    callers_.push_back(std::move(caller));
  }
}

std::optional<size_t> Policy::ChooseAccount(size_t caller, std::string_view requested) const {
  const Compiled& granted = callers_[caller];
  if (requested.empty()) return granted.first_account;
  const auto found = granted.accounts.find(Piece(requested));
  return found == granted.accounts.end() ? std::nullopt : std::optional(found->second);
}

PolicyVerdict Policy::Decide(size_t caller, const Intent& intent) const {
  const Compiled& granted = callers_[caller];
  const PolicyRule broken = Broken(granted, intent);
  return {broken, broken != PolicyRule::kNone && !granted.shadow};
}

PolicyRule Policy::Broken(const Compiled& caller, const Intent& intent) {
  const std::string_view service = intent.method.substr(0, intent.method.find('/'));
  const bool method_granted = caller.all_methods || (caller.reads && intent.read_only) ||
                              Has(caller.methods, intent.method) || Has(caller.services, service);
  if (!method_granted) return PolicyRule::kMethod;
  if (caller.tied && !intent.read_only) {
    if (intent.takes_sender && !Has(caller.senders, intent.sender)) return PolicyRule::kSender;
    if (intent.takes_channel && !Has(caller.channels, intent.channel)) return PolicyRule::kChannel;
    if (intent.takes_chat) return PolicyRule::kChannel;
  }
  if (caller.max_recipients > 0 && intent.recipients > caller.max_recipients) return PolicyRule::kRecipients;
  return PolicyRule::kNone;
}

}  // namespace blooio::gateway
