#include "service/redis/watched_redis.h"

#include <utility>

#include "service/redis/trouble.h"

namespace blooio::gateway {

WatchedRedis::WatchedRedis(EventLoop& loop, RedisOptions options, ScriptCall probe, Randomness& randomness,
                           Observer observer)
    : probe_(std::move(probe)),
      observer_(std::move(observer)),
      why_not_(absl::UnavailableError("Redis is not connected yet")),
      backoff_(options.retry, randomness),
      next_probe_(loop),
      connection_(loop, std::move(options), randomness,
                  [this](const absl::Status& state) { state.ok() ? Probe() : Away(state); }) {}

void WatchedRedis::Run(ScriptCall call, RedisConnection::Done done) {
  if (!available()) return done(why_not_);
  connection_.Run(std::move(call), [this, done = std::move(done)](absl::StatusOr<RedisReply> reply) mutable {
    if (!reply.ok()) Away(reply.status());
    done(std::move(reply));
  });
}

void WatchedRedis::Probe() {
  probing_ = true;
  next_probe_.Stop();
  connection_.Run(probe_, [this](const absl::StatusOr<RedisReply>& reply) {
    probing_ = false;
    reply.ok() ? Available() : Away(reply.status());
  });
}

void WatchedRedis::ProbeLater() {
  // Once it is connected again, one goes out by itself.
  if (probing_ || !connection_.connected()) return;
  probing_ = true;
  next_probe_.Set(backoff_.Next(), [this] { Probe(); });
}

void WatchedRedis::Available() {
  available_ = true;
  available_at_ = std::chrono::steady_clock::now();
  observer_({.available = true});
}

void WatchedRedis::Away(const absl::Status& why) {
  if (absl::IsCancelled(why)) return;  // All this ends.
  why_not_ = why;
  if (available()) backoff_.Worked(absl::FromChrono(std::chrono::steady_clock::now() - available_at_));
  ProbeLater();
  const std::string_view word = TroubleWord(why);
  const bool news = told_ != word && absl::IsPermissionDenied(why);
  if (available_ == false && !news) return;
  available_ = false;
  told_ = word;
  const std::string text(why.message());
  observer_({.available = false, .word = word, .why = text});
}

}  // namespace blooio::gateway
