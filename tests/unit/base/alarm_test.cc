#include "service/base/alarm.h"

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <vector>

namespace blooio::gateway {
namespace {

using testing::ElementsAre;

constexpr absl::Duration kNow = absl::ZeroDuration();

class AlarmTest : public testing::Test {
 protected:
  // Runs `work` on the loop and returns when the alarm has had its chance to ring.
  void Do(std::function<void(Alarm&)> work) {
    std::promise<void> later;
    loop_.Post([&] {
      work(*alarm_);
      after_->Set(absl::Milliseconds(50), [&later] { later.set_value(); });
    });
    later.get_future().wait();
  }
  void TearDown() override {
    loop_.Post([this] { alarm_.reset(), after_.reset(); });
    loop_.Flush();
  }

  EventLoop loop_;
  std::unique_ptr<Alarm> alarm_ = std::make_unique<Alarm>(loop_);
  std::unique_ptr<Alarm> after_ = std::make_unique<Alarm>(loop_);
  std::vector<int> rings_;
};

TEST_F(AlarmTest, RingsOnce) {
  Do([this](Alarm& alarm) { alarm.Set(kNow, [this] { rings_.push_back(1); }); });
  EXPECT_THAT(rings_, ElementsAre(1));
}

TEST_F(AlarmTest, DoesWhatItWasLastTold) {
  Do([this](Alarm& alarm) {
    alarm.Set(kNow, [this] { rings_.push_back(1); });
    alarm.Set(kNow, [this] { rings_.push_back(2); });
  });
  EXPECT_THAT(rings_, ElementsAre(2));
}

TEST_F(AlarmTest, IsSilentWhenStopped) {
  Do([this](Alarm& alarm) {
    alarm.Set(kNow, [this] { rings_.push_back(1); });
    alarm.Stop();
  });
  EXPECT_THAT(rings_, ElementsAre());
}

TEST_F(AlarmTest, MayBeSetByItsOwnRing) {
  Do([this](Alarm& alarm) {
    alarm.Set(kNow, [this, &alarm] {
      alarm.Set(kNow, [this] { rings_.push_back(2); });
      rings_.push_back(1);
    });
  });
  EXPECT_THAT(rings_, ElementsAre(1, 2));
}

TEST_F(AlarmTest, IsSilentAfterItsEndThoughItsTimeHadCome) {
  std::promise<void> ended;
  loop_.Post([&] {
    alarm_->Set(kNow, [this] { rings_.push_back(1); });
    // Both come due in the same turn of the loop, this one first.
    after_->Set(-absl::Milliseconds(1), [&] {
      alarm_.reset();
      ended.set_value();
    });
    const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < due) {
    }
  });
  ended.get_future().wait();
  loop_.Flush();
  EXPECT_THAT(rings_, ElementsAre());
}

}  // namespace
}  // namespace blooio::gateway
