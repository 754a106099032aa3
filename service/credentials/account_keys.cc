#include "service/credentials/account_keys.h"

#include <algorithm>
#include <utility>

namespace blooio::gateway {
namespace {

constexpr int kUnauthorized = 401;
// A file that changes again and again must not hold up a call.
constexpr size_t kMostTries = 4;

size_t Index(KeySlot slot) { return slot == KeySlot::kCurrent ? 0 : 1; }

}  // namespace

KeyUse AccountKeys::Usable() const {
  std::lock_guard lock(mutex_);
  if (keys_.empty() || trust_ == Trust::kMarked) return {};
  return {.key = keys_.front().text, .era = era_};
}

KeyUse AccountKeys::Learn(KeyUse use, int status) {
  News news;
  {
    std::lock_guard lock(mutex_);
    if (status / 100 == 2) {
      Accept(use, news);
      use.key = nullptr;
    } else if (status == kUnauthorized || use.probe() || !use.tried.empty()) {
      use.all_refused &= status == kUnauthorized;
      use.tried.push_back(std::move(use.key));
      use.key = use.probe() || status == kUnauthorized ? Untried(use) : nullptr;
      if (use.key == nullptr) Doubt(use, news);
    } else {
      use.key = nullptr;  // Says nothing of the key.
    }
    if (use.probe() && use.key == nullptr) probing_ = false;
  }
  TellAll(news);
  return use;
}

// Null when there is none, or no call is to be sent.
std::shared_ptr<const SecretString> AccountKeys::Untried(const KeyUse& use) const {
  if (use.tried.size() == kMostTries || (trust_ == Trust::kMarked && !use.probe())) return nullptr;
  for (const Key& key : keys_) {
    if (std::find(use.tried.begin(), use.tried.end(), key.text) == use.tried.end()) return key.text;
  }
  return nullptr;
}

void AccountKeys::Doubt(const KeyUse& use, News& news) {
  if (use.era != era_) return;
  if (!use.probe() && trust_ == Trust::kTrusted) {
    trust_ = Trust::kSuspect;
    ++era_;
  } else if (use.probe() && use.all_refused && trust_ == Trust::kSuspect) {
    trust_ = Trust::kMarked;
    marked_since_ = clock_.Now();
    ++era_;
    news.push_back({KeyNews::Event::kMarked, ""});
  }
}

void AccountKeys::Accept(const KeyUse& use, News& news) {
  using Event = KeyNews::Event;
  if (use.by == KeyUse::By::kSuspicion && use.tried.empty()) {
    news.push_back({Event::kRouteRefused, Fingerprint(Sha256(use.key->Reveal()))});
  }
  if (use.era != era_) return;
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&use](const Key& other) { return other.text == use.key; });
  key->good = true;
  if (trust_ == Trust::kMarked) news.push_back({Event::kBack, ""});
  trust_ = Trust::kTrusted;
  if (key != keys_.begin()) {
    news.push_back({key->in_file() ? Event::kInUse : Event::kReplacedInUse, Fingerprint(key->digest)});
    PutInFront(key);
  }
  DropFileless();
}

KeyUse AccountKeys::BeginProbe() {
  std::lock_guard lock(mutex_);
  if (trust_ == Trust::kTrusted || probing_) return {};
  const absl::Time now = clock_.Now();
  // A clock that was set back must not put the probe off.
  if (probed_at_ <= now && now - probed_at_ < kProbePeriod) return {};
  probed_at_ = now;
  probing_ = true;
  return {.key = keys_.front().text,
          .by = trust_ == Trust::kMarked ? KeyUse::By::kMark : KeyUse::By::kSuspicion,
          .era = era_};
}

bool AccountKeys::Load(KeySlot slot, SecretString text) {
  const Digest digest = Sha256(text.Reveal());
  auto secret = std::make_shared<const SecretString>(std::move(text));
  News news;
  {
    std::lock_guard lock(mutex_);
    if (const auto holder = HolderOf(slot); holder != keys_.end()) {
      if (IsSame(holder->digest, digest)) return false;
      holder->in[Index(slot)] = false;
    }
    auto key = std::find_if(keys_.begin(), keys_.end(),
                            [&digest](const Key& other) { return IsSame(other.digest, digest); });
    const bool is_new = key == keys_.end();
    if (is_new) {
      const bool first = keys_.empty();
      key = keys_.insert(
          key, {.text = std::move(secret), .digest = digest, .loaded_at = clock_.Now(), .good = first});
    }
    key->in[Index(slot)] = true;
    const bool back = is_new && trust_ == Trust::kMarked;
    if (back || !keys_.front().in_file()) PutInFront(key);
    ++era_;
    if (is_new) {
      if (back) news.push_back({KeyNews::Event::kBack, ""});
      trust_ = Trust::kTrusted;
      probed_at_ = absl::InfinitePast();
    }
    DropFileless();
  }
  TellAll(news);
  return true;
}

void AccountKeys::Gone(KeySlot slot) {
  std::lock_guard lock(mutex_);
  const auto holder = HolderOf(slot);
  if (holder == keys_.end()) return;
  holder->in[Index(slot)] = false;
  DropFileless();
}

AccountKeys::Keys::iterator AccountKeys::HolderOf(KeySlot slot) {
  return std::find_if(keys_.begin(), keys_.end(), [slot](const Key& key) { return key.in[Index(slot)]; });
}

void AccountKeys::PutInFront(Keys::iterator key) {
  std::rotate(keys_.begin(), key, key + 1);
  ++era_;
}

void AccountKeys::DropFileless() {
  const bool proved = keys_.front().good;
  const auto is_over = [proved](const Key& key) { return !key.in_file() && (proved || !key.good); };
  const auto over = std::remove_if(keys_.begin() + 1, keys_.end(), is_over);
  if (over == keys_.end()) return;
  keys_.erase(over, keys_.end());
  ++era_;
}

void AccountKeys::TellAll(const News& news) const {
  if (tell_ == nullptr) return;
  for (const KeyNews& one : news) tell_(one);
}

AccountKeys::State AccountKeys::Snapshot() const {
  std::lock_guard lock(mutex_);
  State state;
  if (trust_ == Trust::kMarked) state.marked_since = marked_since_;
  for (const Key& key : keys_) {
    const bool active = &key == &keys_.front() && trust_ != Trust::kMarked;
    const SlotState shown{true, active, Fingerprint(key.digest), key.loaded_at};
    for (size_t i = 0; i < key.in.size(); ++i) {
      if (key.in[i]) state.slots[i] = shown;
    }
    if (!key.in_file() && &key == &keys_.front()) state.slots.back() = shown;
  }
  return state;
}

}  // namespace blooio::gateway
