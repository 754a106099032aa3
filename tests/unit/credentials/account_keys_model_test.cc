// AccountKeys under calls, probes, files and an upstream that take turns at random:
// every step of every call may come before or after every step of all others.
#include <random>
#include <set>

#include "tests/unit/credentials/account_keys_fixture.h"

namespace blooio::gateway {
namespace {

// A call or a probe, one step at a time, the way the pipeline makes it.
struct Call {
  enum class State { kBegin, kSent, kAnswered, kServed, kFailed };
  State state = State::kBegin;
  KeyUse use = {};
  int status = 0;
  int began_in = 0;
  bool good_route = true;  // Some other route is refused with every key.

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
  bool Accepts(const std::string& text) const { return accepted.contains(text); }
  bool AcceptsAFile() const { return Accepts(files[0]) || Accepts(files[1]); }

  void Step(Call& call, bool probe = false) {
    using State = Call::State;
    switch (call.state) {
      case State::kBegin:
        call.use = probe ? keys.BeginProbe() : keys.Usable();
        call.state = call.use.key == nullptr ? State::kFailed : State::kSent;
        break;
      case State::kSent:  // The moment at which the upstream looks at the key.
        call.status = Accepts(Text(call.use)) && (probe || call.good_route) ? 200 : 401;
        if (busy > 0 && Pick(busy) == 0) call.status = 503;
        call.state = State::kAnswered;
        break;
      case State::kAnswered:
        call.use = keys.Learn(std::move(call.use), call.status);
        call.state = call.use.key != nullptr ? State::kSent
                     : call.status == 401    ? State::kFailed
                                             : State::kServed;
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
    clock.now += AccountKeys::kProbePeriod;
    for (Call probe; !probe.ended();) Step(probe, /*probe=*/true);
  }
  bool marked() const { return keys.Snapshot().marked_since.has_value(); }

  FakeClock clock;
  AccountKeys keys{clock};
  std::array<std::string, 2> files;
  std::set<std::string> accepted;
  size_t busy = 0;  // One answer of so many is 503.

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
      ASSERT_FALSE(world.marked());
      if (call.ended()) call = {};
    }
    ASSERT_GT(phase, 4);
  }
}

// A file may be wrong for any time: no call fails, as long as the key that was in use
// before stays good until the new one is.
TEST(AccountKeysModel, AWrongFileFailsNoCall) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.accepted = {"A"};
    world.Load(KeySlot::kCurrent, "A");
    std::vector<Call> calls(16);
    for (int step = 0; step < 1000; ++step) {
      if (world.Pick(20) == 0) world.Load(KeySlot::kCurrent, world.Pick(4) == 0 ? "A" : std::to_string(step));
      Call& call = calls[world.Pick(calls.size())];
      // But for one that wrong files overtake again and again.
      if (call.use.key != nullptr && world.keys.Usable().era - call.use.era >= 3) call = {};
      world.Step(call);
      ASSERT_NE(call.state, Call::State::kFailed);
      if (call.ended()) call = {};
    }
  }
}

// Whatever routes refuse, whatever the order of answers: an account whose keys /me
// accepts is never marked, and its other calls never fail.
TEST(AccountKeysModel, ARefusedRouteTakesNothingAway) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.busy = 10;
    world.accepted = {"A"};
    world.Load(KeySlot::kCurrent, "A");
    world.Load(KeySlot::kNext, "B");
    std::vector<Call> calls(16);
    Call probe;
    for (int step = 0; step < 2000; ++step) {
      if (world.Pick(4) == 0) {
        world.clock.now += absl::Seconds(1);
        world.Step(probe, /*probe=*/true);
        if (probe.ended()) probe = {};
      }
      Call& call = calls[world.Pick(calls.size())];
      if (call.state == Call::State::kBegin) call.good_route = world.Pick(2) == 0;
      world.Step(call);
      ASSERT_FALSE(world.marked());
      ASSERT_FALSE(call.good_route && call.state == Call::State::kFailed);
      if (call.ended()) call = {};
    }
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
    world.busy = 10;
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
      ASSERT_EQ(world.keys.Usable().key == nullptr, world.marked());
    }
    world.busy = 0;
    for (Call& call : calls) {
      while (call.state != Call::State::kBegin && !call.ended()) world.Step(call);
    }
    world.Probe();
    const bool served = world.Serves();
    if (world.AcceptsAFile()) {
      ASSERT_TRUE(served);
    }
    world.Probe();
    ASSERT_EQ(world.marked(), !served);
    ASSERT_EQ(world.Serves(), served);
    if (served) {
      ASSERT_TRUE(world.Accepts(Text(world.keys.Usable())));
    }
  }
}

}  // namespace
}  // namespace blooio::gateway
