#include "service/redis/connection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "service/base/text.h"
#include "service/redis/trouble.h"

namespace blooio::gateway {

using SteadyClock = std::chrono::steady_clock;

RedisConnection::RedisConnection(EventLoop& loop, RedisOptions options, Randomness& randomness,
                                 OnState on_state)
    : loop_(loop),
      options_(std::move(options)),
      where_(options_.address.Text()),
      on_state_(std::move(on_state)),
      why_not_(absl::UnavailableError(Cat(where_, " is not connected yet"))),
      backoff_(options_.retry, randomness),
      connecting_(loop),
      late_(loop) {
  Connect();
}

RedisConnection::~RedisConnection() {
  if (link_ != nullptr) link_->Close();
  connected_ = false;
  why_not_ = absl::CancelledError(Cat("the connection to ", where_, " is no longer needed"));
  for (Out& out : std::exchange(out_, {})) out.done(why_not_);
}

void RedisConnection::Connect() {
  link_ = RedisLink::Open(loop_, options_.address,
                          {.opened = [this] { Greet(); },
                           .received = [this](RedisReply reply) { Received(std::move(reply)); },
                           .ended = [this](const absl::Status& why) { Lost(why); }});
  connecting_.Set(options_.connect_within, [this] {
    Lost(absl::DeadlineExceededError(Cat(where_, " could not be connected to in ",
                                         absl::FormatDuration(options_.connect_within),
                                         ": is it up, and redis.address right?")));
  });
}

void RedisConnection::Greet() {
  absl::StatusOr<SecretString> password = SecretString();
  if (options_.password) password = options_.password();
  if (!password.ok()) {
    return Lost(absl::PermissionDeniedError(
        Cat("the password for ", where_, " cannot be read: ", password.status().message())));
  }
  std::vector<std::string_view> words = {"AUTH"};
  if (!options_.user.empty()) words.push_back(options_.user);
  words.push_back(password->Reveal());
  if (options_.user.empty() && password->empty()) words = {"PING"};
  link_->Send(CommandText(words));
}

void RedisConnection::Greeted(const RedisReply& reply) {
  if (const RedisError* error = reply.error()) return Lost(TroubleOf(error->text, where_, true).status);
  const std::string* word = reply.string();
  if (word == nullptr || (*word != "OK" && *word != "PONG")) {
    return Lost(absl::DataLossError(Cat(where_, " does not greet as Redis does: is redis.address right?")));
  }
  connected_ = true;
  connected_at_ = SteadyClock::now();
  connecting_.Stop();
  on_state_(absl::OkStatus());
}

void RedisConnection::Run(ScriptCall call, Done done) {
  if (!connected_) return done(why_not_);
  if (out_.size() >= options_.most_calls_out) {
    return done(absl::ResourceExhaustedError(
        Cat(out_.size(), " calls to ", where_, " are out already, which are as many as may be")));
  }
  const SteadyClock::time_point deadline =
      SteadyClock::now() + absl::ToChronoNanoseconds(options_.answer_within);
  Send({std::move(call), std::move(done), deadline});
}

void RedisConnection::Send(Out out) {
  link_->Send(CommandText(out.call, out.by));
  out_.push_back(std::move(out));
  if (!watching_) WatchDeadlines();
}

void RedisConnection::Received(RedisReply reply) {
  if (!connected_) return Greeted(reply);
  if (out_.empty()) {
    return Lost(
        absl::DataLossError(Cat(where_, " sends what nobody has asked for: is redis.address right?")));
  }
  const RedisError* error = reply.error();
  const bool unknown_script = error != nullptr && error->text.starts_with("NOSCRIPT");
  if (unknown_script && out_.front().by == By::kSha1) {
    Out out = std::move(out_.front());
    out_.pop_front();
    out.by = By::kText;
    return Send(std::move(out));
  }
  RedisTrouble trouble;
  if (error != nullptr) {
    trouble = TroubleOf(error->text, where_, false);
  } else if (const ScriptCall& call = out_.front().call; call.expected && !call.expected(reply)) {
    trouble = {absl::DataLossError(Cat(where_, " answers something else than was asked: is it Redis?")),
               true};
  }
  // With its call still out, which ends with the others then.
  if (trouble.drop) return Lost(trouble.status);
  Out out = std::move(out_.front());
  out_.pop_front();
  if (!trouble.status.ok()) return out.done(std::move(trouble.status));
  out.done(std::move(reply));
}

void RedisConnection::WatchDeadlines() {
  watching_ = !out_.empty();
  if (!watching_) return;
  // Not always the first: a script that Redis had not known goes to the end.
  const auto first = std::min_element(out_.begin(), out_.end(),
                                      [](const Out& a, const Out& b) { return a.deadline < b.deadline; });
  const SteadyClock::duration left = first->deadline - SteadyClock::now();
  if (left > SteadyClock::duration::zero()) {
    return late_.Set(absl::FromChrono(left), [this] { WatchDeadlines(); });
  }
  Lost(absl::DeadlineExceededError(
      Cat(where_, " did not answer in ", absl::FormatDuration(options_.answer_within))));
}

void RedisConnection::Lost(const absl::Status& why) {
  link_->Close();
  link_.reset();
  if (connected_) backoff_.Worked(absl::FromChrono(SteadyClock::now() - connected_at_));
  connected_ = false;
  why_not_ = why;
  late_.Stop();
  watching_ = false;
  std::deque<Out> out = std::exchange(out_, {});
  connecting_.Set(backoff_.Next(), [this] { Connect(); });
  on_state_(why);
  for (Out& call : out) call.done(why);
}

}  // namespace blooio::gateway
