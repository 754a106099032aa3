// AccountKeys under calls, files and an upstream that take turns at random: every
// step of every call may come before or after every step of all others.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "service/credentials/account_keys.h"

namespace blooio::gateway {
namespace {

// One call, one step at a time, the way the pipeline makes it.
struct Call {
  enum class State { kBegin, kSent, kAnswered, kSentAgain, kAnsweredAgain, kServed, kFailed };
  State state = State::kBegin;
  KeyUse use;
  bool refused = false;
  int began_in = 0;

  bool ended() const { return state == State::kServed || state == State::kFailed; }
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  void Load(KeySlot slot, const std::string& text) {
    keys.Load(slot, SecretString(std::string(text)));
    files[slot == KeySlot::kCurrent ? 0 : 1] = text;
  }

  void Step(Call& call) {
    using State = Call::State;
    switch (call.state) {
      case State::kBegin:
        call.use = keys.Usable();
        call.state = call.use.key == nullptr ? State::kFailed : State::kSent;
        break;
      case State::kSent:
      case State::kSentAgain:  // The moment at which the upstream looks at the key.
        call.refused = !accepted.contains(std::string(call.use.key->Reveal()));
        call.state = call.state == State::kSent ? State::kAnswered : State::kAnsweredAgain;
        break;
      case State::kAnswered:
        if (!call.refused) {
          call.state = State::kServed;
        } else {
          call.use = keys.Rejected(call.use);
          call.state = call.use.key == nullptr ? State::kFailed : State::kSentAgain;
        }
        break;
      case State::kAnsweredAgain:
        if (call.refused) {
          call.use = keys.Rejected(call.use);
          EXPECT_EQ(call.use.key, nullptr) << "a third attempt";
        } else {
          keys.Accepted(call.use);
        }
        call.state = call.refused ? State::kFailed : State::kServed;
        break;
      default:
        break;
    }
  }
  bool Serves() {
    Call call;
    while (!call.ended()) Step(call);
    return call.state == Call::State::kServed;
  }
  void Probe() {
    for (const KeyUse& use : keys.ToProbe()) {
      if (accepted.contains(std::string(use.key->Reveal()))) keys.Accepted(use);
    }
  }

  AccountKeys keys{SystemClock()};
  std::array<std::string, 2> files;
  std::set<std::string> accepted;

 private:
  std::mt19937 random_;
};

// Both directions, over and over: no call fails, and the account is never marked,
// as long as the upstream accepts both keys for at least as long as a call takes.
TEST(AccountKeysModel, ARotationFailsNoCall) {
  const std::vector<std::set<std::string>> phases = {{"A"}, {"A", "B"}, {"B"}, {"A", "B"}};
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.Load(KeySlot::kCurrent, "A");
    world.Load(KeySlot::kNext, "B");
    std::vector<Call> calls(64);
    int phase = 0;
    world.accepted = phases[0];
    for (int step = 0; step < 4000; ++step) {
      if (world.Pick(50) == 0) {
        // One key goes only when no call is under way that began before it came.
        const bool narrows = phases[(phase + 1) % 4].size() < phases[phase % 4].size();
        bool old_calls = false;
        for (const Call& call : calls)
          old_calls |= call.state != Call::State::kBegin && call.began_in < phase;
        if (!narrows || !old_calls) world.accepted = phases[++phase % 4];
      }
      Call& call = calls[world.Pick(calls.size())];
      if (call.state == Call::State::kBegin) call.began_in = phase;
      world.Step(call);
      ASSERT_NE(call.state, Call::State::kFailed);
      ASSERT_FALSE(world.keys.marked_since().has_value());
      if (call.ended()) call = {};
    }
    ASSERT_GT(phase, 4);
  }
}

// Whatever happened before: once the upstream and the files stand still, calls
// are served, at the first attempt, if any key of the files is accepted, and
// fail fast if none is.
TEST(AccountKeysModel, SettlesAfterAnything) {
  const std::vector<std::string> texts = {"A", "B", "C", "D"};
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.Load(KeySlot::kCurrent, "A");
    world.Load(KeySlot::kNext, "B");
    std::vector<Call> calls(8);
    for (int step = 0; step < 200; ++step) {
      switch (world.Pick(20)) {
        case 0:
          world.Load(KeySlot::kCurrent, texts[world.Pick(4)]);
          break;
        case 1:
          world.Load(KeySlot::kNext, texts[world.Pick(4)]);
          break;
        case 2:
          world.accepted.insert(texts[world.Pick(4)]);
          break;
        case 3:
          world.accepted.erase(texts[world.Pick(4)]);
          break;
        case 4:
          world.Probe();
          break;
        default:
          Call& call = calls[world.Pick(calls.size())];
          world.Step(call);
          if (call.ended()) call = {};
      }
      const KeyUse use = world.keys.Usable();
      ASSERT_EQ(use.key == nullptr, world.keys.marked_since().has_value());
      if (use.key != nullptr) {
        ASSERT_TRUE(use.key->Reveal() == world.files[0] || use.key->Reveal() == world.files[1]);
      }
    }
    for (Call& call : calls) {
      while (call.state != Call::State::kBegin && !call.ended()) world.Step(call);
    }
    const bool any = world.accepted.contains(world.files[0]) || world.accepted.contains(world.files[1]);
    world.Probe();
    ASSERT_EQ(world.Serves(), any);
    ASSERT_EQ(world.keys.marked_since().has_value(), !any);
    if (any) {
      ASSERT_TRUE(world.accepted.contains(std::string(world.keys.Usable().key->Reveal())));
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
