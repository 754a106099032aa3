#include "service/credentials/account_keys.h"

#include <utility>

namespace blooio::gateway {

KeyUse AccountKeys::Usable() const {
  std::lock_guard lock(mutex_);
  if (marked_since_) return {};
  return {slots_[active_].key, nullptr, era_};
}

KeyUse AccountKeys::Rejected(const KeyUse& use) {
  std::lock_guard lock(mutex_);
  if (marked_since_) return {};
  if (use.refused == nullptr) {
    const auto& active = slots_[active_].key;
    const auto& other = active == use.key ? slots_[1 - active_].key : active;
    // The era stays the call's own: two refusals of different eras prove nothing.
    if (other != nullptr && other != use.key) return {other, use.key, use.era};
  }
  if (era_ == use.era) {
    marked_since_ = clock_.Now();
    EndEra();
  }
  return {};
}

void AccountKeys::Accepted(const KeyUse& use) {
  std::lock_guard lock(mutex_);
  if (era_ != use.era) return;
  // Of the same era, so the key is in one of the slots.
  const size_t slot = slots_[active_].key == use.key ? active_ : 1 - active_;
  if (slot != active_ || marked_since_) Activate(slot);
}

bool AccountKeys::Load(KeySlot slot, SecretString text) {
  const Digest digest = Sha256(text.Reveal());
  auto key = std::make_shared<const SecretString>(std::move(text));
  std::lock_guard lock(mutex_);
  const size_t index = Index(slot);
  Slot& mine = slots_[index];
  const Slot& other = slots_[1 - index];
  mine.gone = false;
  if (mine.key != nullptr && IsSame(mine.digest, digest)) return false;
  // One object for one key, so that nobody takes it for another one to try.
  if (other.key != nullptr && IsSame(other.digest, digest)) key = other.key;
  mine = {std::move(key), digest, clock_.Now(), false};
  const bool replaces_active = marked_since_ || slots_[active_].key == nullptr || slots_[active_].gone;
  Activate(replaces_active ? index : active_);
  return true;
}

void AccountKeys::Gone(KeySlot slot) {
  std::lock_guard lock(mutex_);
  const size_t index = Index(slot);
  const size_t other = 1 - index;
  if (slots_[index].key == nullptr || slots_[index].gone) return;
  if (active_ == index && slots_[other].key == slots_[index].key) active_ = other;
  slots_[index].gone = true;
  EndEra();
}

void AccountKeys::Activate(size_t slot) {
  active_ = slot;
  marked_since_.reset();
  EndEra();
}

void AccountKeys::EndEra() {
  ++era_;
  // A key without a file stood in only as the active one.
  if (Slot& idle = slots_[1 - active_]; idle.gone) idle = {};
}

AccountKeys::State AccountKeys::Snapshot() const {
  std::lock_guard lock(mutex_);
  State state{.slots = {}, .marked_since = marked_since_};
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (slot.key == nullptr) continue;
    state.slots[i] = {.present = true,
                      .active = i == active_ && !marked_since_,
                      .fingerprint = Fingerprint(slot.digest),
                      .loaded_at = slot.loaded_at};
  }
  return state;
}

std::optional<absl::Time> AccountKeys::marked_since() const {
  std::lock_guard lock(mutex_);
  return marked_since_;
}

std::vector<KeyUse> AccountKeys::ToProbe() const {
  std::lock_guard lock(mutex_);
  std::vector<KeyUse> uses;
  if (!marked_since_) return uses;
  for (const size_t slot : {active_, 1 - active_}) {
    const auto& key = slots_[slot].key;
    if (key != nullptr && (uses.empty() || uses[0].key != key)) uses.push_back({key, nullptr, era_});
  }
  return uses;
}

}  // namespace blooio::gateway
