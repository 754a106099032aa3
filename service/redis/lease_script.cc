#include "service/redis/lease_script.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Every bucket is a text of numbers: version, stock (tokens), time (when it was so), peak
// and drop (thousandths of the rate: the share that was refused last, and by how much it
// was cut), open (closed until then), cut (when that was), and of all who asked since it
// was full the most burst and the least rate (tokens a microsecond). Times are microseconds; all
// fit a double. What 429s do is the rule of service/ratelimit/feedback.h, to the
// thousandth.
constexpr std::string_view kLeaseSource = R"lua(
local VERSION = 3
local SECOND = 1000000
local WHOLE, FLOOR = 1000, 50              -- of the share
local RETURN = 60                          -- quiet seconds from a cut back to the peak
local ROUNDING = 1e-9                      -- tokens
local LONGEST = 1e15                       -- 30 years
local CLOSED = 3600 * SECOND               -- at most, by one 429
local FREE = 30 * 24 * CLOSED              -- the latest that is told
local ARGUMENTS = 6

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * SECOND + time[2]
end

local function numbers(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do
    local number = tonumber(word)
    if not number or number ~= number or math.abs(number) > 1e18 then return {} end
    list[#list + 1] = number
  end
  return list
end

local function clamp(number, least, most) return math.max(least, math.min(number, most)) end

-- What is no bucket of this version is a new one, never cut. One that cannot be read may
-- be empty: the error instead.
local function load(key, rate, burst)
  local text = redis.pcall('GET', key)
  if type(text) == 'table' and not string.find(text.err, '^WRONGTYPE') then return nil, text end
  local n = type(text) == 'string' and numbers(text) or {}
  if #n ~= 9 or n[1] ~= VERSION or n[2] < -1 or n[8] <= 0 or n[9] <= 0 then
    return {stock = burst, time = now, peak = WHOLE, drop = 0, open = 0, cut = 0,
            most = burst, least = rate}
  end
  local peak = clamp(n[4], FLOOR, WHOLE)
  return {stock = n[2], time = n[3], peak = peak, drop = clamp(n[5], 1, peak), open = n[6], cut = n[7],
          most = n[8], least = n[9]}
end

local function share_at(b, time)
  local quiet = math.max(math.floor((time - b.open) / SECOND), 0)
  local whole = RETURN ^ 5
  return clamp(math.floor((b.peak * whole + b.drop * (quiet - RETURN) ^ 5) / whole), FLOOR, WHOLE)
end

-- What it earns until `stop`, or until that is `enough`; and when that is. Second by
-- second, of which there are not 300 until it is whole.
local function earn(b, rate, from, stop, enough)
  local earned, time = 0, math.max(from, b.open)
  while time < stop do
    local share = share_at(b, time)
    local gain = rate * share / WHOLE
    local rise = time + SECOND - (time - b.open) % SECOND
    local ends = share < WHOLE and math.min(rise, stop) or stop
    local enough_at = time + (enough - earned) / gain
    if enough_at <= ends then return enough, enough_at end
    earned, time = earned + (ends - time) * gain, ends
  end
  return earned, time
end

-- Brings it up to now.
local function settle(b, rate, burst)
  local back = b.time - now
  if back > 0 then  -- Another clock: as if no time had passed.
    b.time, b.open, b.cut = now, b.open - back, b.cut - back
  end
  b.open, b.cut = math.min(b.open, now + CLOSED), math.min(b.cut, now)
  b.stock = math.min(b.stock, burst)
  b.stock = b.stock + earn(b, rate, b.time, now, burst - b.stock)
  b.time = now
  local full = b.stock >= b.most - ROUNDING
  b.most = full and burst or math.max(b.most, burst)
  b.least = full and rate or math.min(b.least, rate)
end

local function throttle(b, age, retry_after)
  local started = now - age
  if started > b.cut then
    local open = b.cut > 0 and clamp(started - b.open, 0, RETURN * SECOND) or 0
    local closed = math.max(retry_after, SECOND)
    b.peak = share_at(b, now)
    b.drop = b.peak - math.floor(math.max(b.peak * 7 / 10, b.peak * open / (open + closed)))
    b.cut = now
  end
  b.stock = 0
  b.open = math.max(b.open, now + retry_after)
end

local function grant(b, wanted, burst)
  if wanted < 0 then
    if b.open <= now then b.stock = math.min(b.stock - wanted, burst) end
    return 0
  end
  local granted = math.max(math.min(wanted, math.floor(b.stock + ROUNDING)), 0)
  b.stock = b.stock - granted
  return granted
end

-- When it will have a token, or when to ask again.
local function next_free(b, rate)
  local missing = 1 - b.stock
  if missing <= ROUNDING then return now end
  local _, time = earn(b, rate, now, now + FREE, missing)
  return time
end

-- Forgotten when it is full and whole for sure, for whoever asks: a new one differs in its
-- first cut alone, which is the deepest.
local function save(key, b)
  local last = math.max(now, b.open)
  if share_at(b, now) < WHOLE then
    last = math.max(last, b.open + SECOND * RETURN * (1 + ((WHOLE - b.peak) / b.drop) ^ 0.2))
  end
  last = math.min(last + (b.most - b.stock) / b.least, now + LONGEST)
  local text = string.format('%d %.17g %.0f %d %d %.0f %.0f %.17g %.17g', VERSION, b.stock, b.time, b.peak, b.drop,
                             b.open, b.cut, b.most, b.least)
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.ceil((last - now + SECOND) / 1000)))
end

local answer = {}
for i, key in ipairs(KEYS) do
  local at = 1 + (i - 1) * ARGUMENTS
  local burst, wanted = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local rate = tonumber(ARGV[at + 1]) * 1000 / tonumber(ARGV[at + 2])  -- tokens a microsecond
  local age, retry_after = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
  local b, failure = load(key, rate, burst)
  if failure then return failure end
  settle(b, rate, burst)
  if age then throttle(b, clamp(age * 1000, 0, CLOSED), clamp(retry_after * 1000, 0, CLOSED)) end
  local granted = grant(b, wanted, burst)
  save(key, b)
  answer[#answer + 1] = granted
  answer[#answer + 1] = math.ceil((next_free(b, rate) - now) / 1000)
  answer[#answer + 1] = share_at(b, now)
end
return answer
)lua";

constexpr size_t kNumbers = 3;                 // Of an answer.
constexpr int64_t kFloor = 50, kWhole = 1000;  // Of the share.
constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kLatestFreeMs = 30 * 24 * kHourMs;

bool IsWithin(const RedisReply& reply, int64_t least, int64_t most) {
  const int64_t* number = reply.integer();
  return number != nullptr && least <= *number && *number <= most;
}

const LuaScript& LeaseScript() {
  static const LuaScript script(kLeaseSource);
  return script;
}

}  // namespace

ScriptCall LeaseCall(const std::string& prefix, std::span<const LeaseRequest> requests,
                     std::optional<int64_t> now_us) {
  ScriptCall call{.script = &LeaseScript()};
  call.arguments.push_back(now_us ? Cat(*now_us) : "");
  std::vector<int64_t> wanted;
  for (const LeaseRequest& request : requests) {
    call.keys.push_back(Cat(prefix, "{limits}:", request.key));
    for (int64_t number : {request.tokens_per_period, request.period_ns, request.burst, request.tokens}) {
      call.arguments.push_back(Cat(number));
    }
    const auto& throttle = request.throttle;
    call.arguments.push_back(throttle ? Cat(std::clamp<int64_t>(throttle->attempt_age_ms, 0, kHourMs)) : "");
    call.arguments.push_back(throttle ? Cat(std::clamp<int64_t>(throttle->retry_after_ms, 0, kHourMs)) : "");
    wanted.push_back(request.tokens);
  }
  call.expected = [wanted = std::move(wanted)](const RedisReply& reply) {
    const std::vector<RedisReply>* numbers = reply.array();
    if (numbers == nullptr || numbers->size() != kNumbers * wanted.size()) return false;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const RedisReply* of_answer = &(*numbers)[kNumbers * i];
      if (!IsWithin(of_answer[0], 0, std::max<int64_t>(wanted[i], 0))) return false;
      if (!IsWithin(of_answer[1], 0, kLatestFreeMs)) return false;
      if (!IsWithin(of_answer[2], kFloor, kWhole)) return false;
    }
    return true;
  };
  return call;
}

std::vector<LeaseAnswer> LeaseAnswers(const RedisReply& reply) {
  const std::vector<RedisReply>& numbers = *reply.array();
  std::vector<LeaseAnswer> answers(numbers.size() / kNumbers);
  for (size_t i = 0; i < answers.size(); ++i) {
    const RedisReply* of_answer = &numbers[kNumbers * i];
    answers[i] = {*of_answer[0].integer(), *of_answer[1].integer(),
                  static_cast<int>(*of_answer[2].integer())};
  }
  return answers;
}

}  // namespace blooio::gateway
