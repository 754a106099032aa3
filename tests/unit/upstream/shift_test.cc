// Who carries calls: a thread on a shift, or the loop's own.
#include "service/upstream/shift.h"

#include <optional>
#include <thread>
#include <vector>

#include "service/base/signals_blocked.h"
#include "tests/unit/upstream/upstream_test_base.h"

namespace blooio::gateway {
namespace {

// Starts a call; tells by which thread it ended.
class Carried {
 public:
  Carried(Upstream& upstream, const std::string& url, absl::Time deadline = absl::Now() + absl::Minutes(1)) {
    attempt_ = upstream.Start(MakeEndpoint(url), MakeKey(), request_, deadline, [this](AttemptResult result) {
      result_ = std::move(result);
      carrier_.set_value(std::this_thread::get_id());
    });
  }

  bool ended() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  std::thread::id carrier() { return future_.get(); }
  // Once it has ended.
  const AttemptResult& result() const { return result_; }

 private:
  const RestRequest request_ = Post();
  AttemptResult result_;
  std::promise<std::thread::id> carrier_;
  std::shared_future<std::thread::id> future_{carrier_.get_future().share()};
  std::shared_ptr<Attempt> attempt_;
};

class ShiftTest : public UpstreamTest {
 protected:
  // Turns until it has ended.
  static void TurnFor(Shift& shift, const Carried& call) {
    while (!call.ended()) shift.Turn();
  }

  const SignalsBlocked blocked_;
  const std::thread::id here_ = std::this_thread::get_id();
  RawServer server_{[](RawServer& s) { s.AnswerAll(Answer("{}")); }};
};

TEST_F(ShiftTest, CarriesWhatItStarts) {
  auto shift = upstream_->Join(0);
  for (int i = 0; i < 3; ++i) {
    Carried call(*upstream_, server_.url());
    TurnFor(*shift, call);
    EXPECT_EQ(call.carrier(), here_);
    EXPECT_EQ(call.result().status, 200);
  }
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(ShiftTest, CarriesWhatOthersStart) {
  auto shift = upstream_->Join(0);
  std::optional<Carried> call;
  std::thread([&] { call.emplace(*upstream_, server_.url()); }).join();
  TurnFor(*shift, *call);
  EXPECT_EQ(call->carrier(), here_);
}

TEST_F(ShiftTest, OwnThreadCarriesDuringAPause) {
  auto shift = upstream_->Join(0);
  Carried call(*upstream_, server_.url());
  shift->Pause();
  EXPECT_NE(call.carrier(), here_);
  EXPECT_EQ(call.result().status, 200);
  Carried another(*upstream_, server_.url());
  shift->Pause();
  EXPECT_NE(another.carrier(), here_);
  // What comes in meanwhile, too.
  std::optional<Carried> other;
  std::thread([&] { other.emplace(*upstream_, server_.url()); }).join();
  EXPECT_NE(other->carrier(), here_);
}

// The request is on its way, the answer comes when nobody is about.
TEST_F(ShiftTest, OwnThreadTakesOverInTheMiddle) {
  std::promise<void> answer;
  RawServer slow([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    answer.get_future().wait();
    connection.Write(Answer("{}"));
    connection.AwaitClose();
  });
  auto shift = upstream_->Join(0);
  Carried call(*upstream_, slow.url());
  while (slow.requests() == 0) shift->Turn();
  shift->Pause();
  answer.set_value();
  EXPECT_NE(call.carrier(), here_);
  EXPECT_EQ(call.result().status, 200);
}

// To send suffices for a request to leave on a connection that there is.
TEST_F(ShiftTest, SendsWithoutATurn) {
  std::promise<void> answer;
  RawServer server([&](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    connection.Write(Answer("{}"));
    connection.ReadRequest();
    answer.get_future().wait();
    connection.Write(Answer("{}"));
    connection.AwaitClose();
  });
  auto shift = upstream_->Join(0);
  Carried opens(*upstream_, server.url());
  TurnFor(*shift, opens);
  Carried call(*upstream_, server.url());
  shift->Send();
  while (server.requests() < 2) std::this_thread::yield();
  EXPECT_FALSE(call.ended());
  answer.set_value();
  TurnFor(*shift, call);
  EXPECT_EQ(call.result().status, 200);
}

TEST_F(ShiftTest, MayEndWithCallsUnderWay) {
  auto shift = upstream_->Join(0);
  Carried call(*upstream_, server_.url());
  shift->Turn();
  shift.reset();
  call.carrier();
  EXPECT_EQ(call.result().status, 200);
  // Threads without a shift wake the loop's own.
  Carried next(*upstream_, server_.url());
  EXPECT_NE(next.carrier(), here_);
}

// Wherever a call is when the time is over.
TEST_F(ShiftTest, LimitsAreKept) {
  RawServer mute([](RawServer& s) {
    RawConnection connection = s.Accept();
    connection.ReadRequest();
    connection.AwaitClose();
    s.AnswerAll("");
  });
  for (bool turns : {false, true}) {
    for (bool pauses : {false, true}) {
      auto shift = upstream_->Join(0);
      Carried call(*upstream_, mute.url(), absl::Now() + absl::Milliseconds(300));
      if (turns) shift->Turn();
      if (pauses) shift->Pause();
      if (!pauses) TurnFor(*shift, call);
      EXPECT_EQ(call.carrier() == here_, !pauses);
      EXPECT_EQ(call.result().end, AttemptEnd::kDeadline) << call.result().last_event;
    }
  }
}

TEST_F(ShiftTest, CallsTakeTurnsWhereALoopHasNone) {
  Use({.threads = 2});
  auto shift = upstream_->Join(0);
  bool elsewhere = false;
  for (int i = 0; i < 2; ++i) {
    Carried call(*upstream_, server_.url());
    TurnFor(*shift, call);
    elsewhere |= call.carrier() != here_;
  }
  EXPECT_TRUE(elsewhere);
  // With one at each, they stay where they start.
  std::promise<void> joined, end;
  std::thread other([&] {
    auto second = upstream_->Join(1);
    joined.set_value();
    end.get_future().wait();
  });
  joined.get_future().wait();
  for (int i = 0; i < 2; ++i) {
    Carried call(*upstream_, server_.url());
    TurnFor(*shift, call);
    EXPECT_EQ(call.carrier(), here_);
  }
  end.set_value();
  other.join();
}

// Threads on shifts and threads without one start and carry calls of the same two loops.
TEST_F(ShiftTest, ManyThreads) {
  constexpr int kCalls = 300;
  Use({.threads = 2});
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (size_t i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      const bool carries = i < 3;
      auto shift = carries ? upstream_->Join(i) : nullptr;
      for (int n = 0; n < kCalls; ++n) {
        Carried call(*upstream_, server_.url());
        while (carries && !call.ended() && n % 3 != 0) {
          if (!shift->Turn() && n % 3 == 1) shift->Pause();
        }
        if (carries && n % 3 == 0) shift->Pause();
        call.carrier();
        if (call.result().status == 200) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 5 * kCalls);
}

}  // namespace
}  // namespace blooio::gateway
