#include "service/ratelimit/lease.h"

namespace blooio::gateway {
namespace {

constexpr int64_t kLongestBatch = 50 * kMillisecond;
// Longer than it takes messages of one gateway longer than those of another.
constexpr int64_t kShortestTurn = 10 * kMillisecond;
constexpr int64_t kLongestTurn = 50 * kMillisecond;

int64_t Earned(const Limit& limit, int64_t time) {
  return static_cast<int64_t>(Units{limit.rate.tokens} * time / limit.rate.period);
}

int64_t TimeOf(int64_t tokens, const Limit& limit) {
  const Units time = Units{tokens} * limit.rate.period / std::max<int64_t>(limit.rate.tokens, 1);
  return static_cast<int64_t>(std::min<Units>(time, kNever));
}

// A bucket that one gateway uses alone is asked before it is full again.
int64_t Pause(const Limit& limit) {
  return std::clamp(TimeOf(limit.burst, limit) / 2, kMillisecond, 10 * kMillisecond);
}

}  // namespace

Instant Lease::Next(const Limit& limit) const {
  return std::max(std::min(std::max(next_free_, ask_from_), asked_ + kIdle), asked_ + Pause(limit));
}

int64_t Lease::Patience(const Limit& limit, int luck, Instant now) const {
  // Five of these at most: by then the bucket is not half full, calls that cost much fit in.
  const int64_t turn =
      std::min(std::clamp(TimeOf(1, limit), kShortestTurn, kLongestTurn), TimeOf(limit.burst, limit) / 12);
  const int64_t earned = std::max<int64_t>(Earned(limit, kSecond), 1);
  const int64_t part = std::min<int64_t>(granted_.Sum(now) * kWhole / earned, kWhole);
  return turn * (luck + 4 * part) / kWhole;
}

int64_t Lease::Wanted(const Bucketful& bucket, Instant now) const {
  const int64_t lacking = lacked_ + std::max<int64_t>(bucket.queued - bucket.held, 0);
  const int64_t batch = std::min(spent_.Sum(now), Earned(bucket.limit, kLongestBatch));
  if (lacking == 0 && 2 * bucket.held >= batch) return 0;
  return std::clamp<int64_t>(bucket.limit.burst - bucket.held, 0, lacking + batch);
}

int64_t Lease::Wish(const Bucketful& bucket, Instant now) const {
  if (out_) return 0;
  if (bucket.queued == 0 && now >= Idle()) return -bucket.held;
  return now >= Next(bucket.limit) ? Wanted(bucket, now) : 0;
}

void Lease::Asked(int64_t tokens, Instant now) {
  out_ = true;
  asked_for_ = tokens;
  asked_ = now;
}

Instant Lease::Due(const Bucketful& bucket, Instant now) const {
  if (out_) return kNever;
  if (bucket.queued == 0 && now >= Idle()) return bucket.held > 0 ? now : kNever;
  Instant due = bucket.queued == 0 ? Idle() : kNever;
  if (Wanted(bucket, now) > 0) due = std::min(due, Next(bucket.limit));
  return due;
}

void Lease::Granted(int64_t tokens, Instant next_free, const Limit& limit, int luck, Instant now) {
  out_ = false;
  // Who lacked something is decided again, and says so.
  lacked_ = 0;
  short_ = tokens < asked_for_;
  next_free_ = next_free;
  granted_.Add(tokens, now);
  ask_from_ = short_ ? Later(next_free, Patience(limit, luck, now)) : kLongAgo;
  if (tokens > 0) touched_ = now;
}

Instant Lease::Forecast(Units missing, const Pace& whole, Instant now) const {
  if (missing <= 0) return now;
  // The shared bucket may be full.
  if (!short_) return Later(std::max(now, next_free_), TimeToEarn(missing - whole.capacity, whole.gain));
  const int64_t lately = std::max<int64_t>(granted_.Sum(now), 1);
  const Units gain = std::min<Units>(whole.token * lately / kSecond, whole.gain);
  return Later(std::max(now, next_free_), TimeToEarn(missing - whole.token, static_cast<int64_t>(gain)));
}

}  // namespace blooio::gateway
