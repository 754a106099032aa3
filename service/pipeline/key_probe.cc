#include "service/pipeline/key_probe.h"

#include <utility>

#include "service/pipeline/call_notes.h"
#include "service/telemetry/call_metrics.h"
#include "service/transcoding/route.h"

namespace blooio::gateway {
namespace {

constexpr absl::Duration kAttemptTime = absl::Seconds(10);

const RestRequest& Me() {
  static const auto* request = new RestRequest{.verb = Verb::kGet, .path = "/me", .read_only = true};
  return *request;
}

}  // namespace

KeyProbe::KeyProbe(std::shared_ptr<AccountKeys> keys, std::shared_ptr<const Endpoint> v4,
                   AttemptStarter& upstream, const Clock& clock, std::shared_ptr<AccountMeter> meter)
    : keys_(std::move(keys)),
      v4_(std::move(v4)),
      upstream_(upstream),
      clock_(clock),
      meter_(std::move(meter)) {}

void KeyProbe::Tick() { Try(keys_->BeginProbe()); }

void KeyProbe::Try(KeyUse use) {
  if (use.key == nullptr) return;
  auto key = use.key;
  upstream_.Start(v4_, std::move(key), Me(), clock_.Now() + kAttemptTime,
                  [self = shared_from_this(), use = std::move(use)](const AttemptResult& result) mutable {
                    self->Finish(std::move(use), result);
                  });
}

void KeyProbe::Finish(KeyUse use, const AttemptResult& result) {
  CallNotes notes;
  notes.Add(result);
  for (const AttemptKind attempt : notes.attempts) {
    if (meter_ != nullptr) meter_->CountAttempt(static_cast<size_t>(Api::kV4), attempt);
  }
  const bool answered = result.end == AttemptEnd::kAnswered;
  Try(keys_->Learn(std::move(use), answered ? result.status : 0));
}

}  // namespace blooio::gateway
