// Calls, probes and files of one account, as its keys see them.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "service/credentials/account_keys.h"

namespace blooio::gateway {

using Texts = std::vector<std::string>;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

// "A", or "-" without a key.
inline std::string Text(const KeyUse& use) { return use.key ? std::string(use.key->Reveal()) : "-"; }

class AccountKeysTest : public testing::Test {
 protected:
  bool Load(KeySlot slot, const std::string& text) {
    return keys_.Load(slot, SecretString(std::string(text)));
  }
  void LoadBoth() {
    Load(KeySlot::kCurrent, "A");
    Load(KeySlot::kNext, "B");
  }
  std::string Usable() const { return Text(keys_.Usable()); }
  bool marked() const { return keys_.Snapshot().marked_since.has_value(); }

  // Goes on from `use` with these answers in turn; which keys were tried.
  Texts Go(KeyUse use, const std::vector<int>& statuses) {
    Texts tried;
    for (const int status : statuses) {
      if (use.key == nullptr) break;
      tried.push_back(Text(use));
      use = keys_.Learn(std::move(use), status);
    }
    EXPECT_EQ(use.key, nullptr);
    return tried;
  }
  Texts Call(const std::vector<int>& statuses) { return Go(keys_.Usable(), statuses); }
  Texts Probe(const std::vector<int>& statuses) { return Go(keys_.BeginProbe(), statuses); }
  // Makes B the key in use of two.
  void Rotate() { Call({401, 200}); }
  // A call and a probe that find every key refused.
  void Mark() {
    Call({401, 401, 401, 401});
    Probe({401, 401, 401, 401});
  }
  // What was told since the last time.
  Texts Told() { return std::exchange(told_, {}); }

  FakeClock clock_;
  Texts told_;
  AccountKeys keys_{
      clock_, [this](const KeyNews& news) {
        constexpr const char* kEvents[] = {"in use", "replaced in use", "marked", "back", "route refused"};
        told_.push_back(kEvents[static_cast<int>(news.event)]);
      }};
};

}  // namespace blooio::gateway
