#include "service/pipeline/key_probe.h"

#include <utility>

#include "service/pipeline/call_notes.h"
#include "service/telemetry/call_metrics.h"
#include "service/telemetry/log.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {
namespace {

constexpr absl::Duration kAttemptTime = absl::Seconds(10);

const RestRequest& Me() {
  static const auto* request = new RestRequest{.verb = Verb::kGet, .path = "/me", .read_only = true};
  return *request;
}

bool Proves(const AttemptResult& result) {
  return result.end == AttemptEnd::kAnswered && result.status / 100 == 2;
}

}  // namespace

KeyProbe::KeyProbe(std::string account, std::shared_ptr<AccountKeys> keys, std::shared_ptr<const Endpoint> v4,
                   AttemptStarter& upstream, const Clock& clock, AccountMeter* meter)
    : account_(std::move(account)),
      keys_(std::move(keys)),
      v4_(std::move(v4)),
      upstream_(upstream),
      clock_(clock),
      meter_(meter) {}

void KeyProbe::Tick() {
  if (IsTime()) Try(keys_->ToProbe());
}

bool KeyProbe::IsTime() {
  const std::optional<absl::Time> mark = keys_->marked_since();
  if (!mark) return false;
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_.Now();
  if (mark_ != *mark) {
    Log(LogLevel::kError, "account_without_key", {{"account", account_}});
    mark_ = *mark;
    last_ = back_;
  }
  // A clock that was set back must not put the probe off.
  if (under_way_ || (last_ <= now && now - last_ < kPeriod)) return false;
  last_ = now;
  under_way_ = true;
  return true;
}

// With the first of `uses`; the rest follow if it does not prove itself.
void KeyProbe::Try(std::vector<KeyUse> uses) {
  if (uses.empty()) return End(/*back=*/false);
  auto key = uses.front().key;
  upstream_.Start(v4_, std::move(key), Me(), clock_.Now() + kAttemptTime,
                  [self = shared_from_this(), uses = std::move(uses)](const AttemptResult& result) mutable {
                    self->Finish(std::move(uses), result);
                  });
}

void KeyProbe::Finish(std::vector<KeyUse> uses, const AttemptResult& result) {
  CallNotes notes;
  notes.Add(result);
  for (const AttemptKind attempt : notes.attempts) {
    if (meter_ != nullptr) meter_->CountAttempt(static_cast<size_t>(Api::kV4), attempt);
  }
  if (Proves(result)) {
    keys_->Accepted(uses.front());
    return End(/*back=*/!keys_->marked_since());
  }
  uses.erase(uses.begin());
  Try(std::move(uses));
}

void KeyProbe::End(bool back) {
  if (back) Log(LogLevel::kInfo, "account_back", {{"account", account_}});
  std::lock_guard lock(mutex_);
  under_way_ = false;
  if (back) back_ = clock_.Now();
}

}  // namespace blooio::gateway
