#include "service/redis/lease_script.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// Every bucket is a text of numbers: version, stock (tokens), time (when it was so),
// share (thousandths of the rate), open (closed until then), rise (when the share next
// goes up), cut (when it last went down). Times are microseconds; all fit a double.
constexpr std::string_view kSource = R"lua(
local VERSION = 1
local SECOND = 1000000
local WHOLE, FLOOR, STEP = 1000, 50, 50    -- of the share, which a cut leaves 7 tenths of
local ROUNDING = 1e-9                      -- tokens
local LONGEST = 1e15                       -- 30 years
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

-- What is no bucket of this version is a new one.
local function load(key, burst)
  local text = redis.pcall('GET', key)
  local n = type(text) == 'string' and numbers(text) or {}
  if #n ~= 7 or n[1] ~= VERSION then
    return {stock = burst, time = now, share = WHOLE, open = 0, rise = 0, cut = 0}
  end
  local share = math.max(FLOOR, math.min(math.floor(n[4]), WHOLE))
  return {stock = n[2], time = n[3], share = share, open = n[5], rise = n[6], cut = n[7]}
end

-- Brings it up to now.
local function settle(b, rate, burst)
  local back = b.time - now
  if back > 0 then  -- Another clock: as if no time had passed.
    b.time, b.open, b.rise, b.cut = now, b.open - back, b.rise - back, b.cut - back
  end
  local from = math.max(b.time, b.open)
  while b.share < WHOLE and b.rise <= now do
    if b.rise > from then
      b.stock = b.stock + (b.rise - from) * rate * b.share / WHOLE
      from = b.rise
    end
    b.share = math.min(b.share + STEP, WHOLE)
    b.rise = b.rise + SECOND
  end
  if now > from then b.stock = b.stock + (now - from) * rate * b.share / WHOLE end
  b.stock = math.min(b.stock, burst)
  b.time = now
end

local function throttle(b, age, retry_after)
  if now - age >= b.cut then
    b.share = math.max(math.floor(b.share * 7 / 10), FLOOR)
    b.cut = now
  end
  b.stock = 0
  b.open = math.max(b.open, now + retry_after)
  b.rise = b.open + SECOND
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

-- When it will have so many tokens.
local function time_of(b, tokens, rate)
  local missing = tokens - b.stock
  if missing <= ROUNDING then return now end
  local from, share, rise = math.max(now, b.open), b.share, b.rise
  while share < WHOLE do
    local gain = (rise - from) * rate * share / WHOLE
    if gain >= missing then break end
    missing, from, rise = missing - gain, rise, rise + SECOND
    share = math.min(share + STEP, WHOLE)
  end
  return math.min(from + missing * WHOLE / (rate * share), now + LONGEST)
end

-- Forgotten just after it is full and whole, as a new one is.
local function save(key, b, rate, burst)
  local last = time_of(b, burst, rate)
  if b.share < WHOLE then last = math.max(last, b.rise + math.floor((WHOLE - 1 - b.share) / STEP) * SECOND) end
  local text = string.format('%d %.17g %.0f %d %.0f %.0f %.0f', VERSION, b.stock, b.time, b.share, b.open,
                             b.rise, b.cut)
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.ceil((last - now + SECOND) / 1000)))
end

local answer = {}
for i, key in ipairs(KEYS) do
  local at = 1 + (i - 1) * ARGUMENTS
  local burst, wanted = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local rate = tonumber(ARGV[at + 1]) * 1000 / tonumber(ARGV[at + 2])  -- tokens a microsecond
  local age, retry_after = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
  local b = load(key, burst)
  settle(b, rate, burst)
  if age then throttle(b, age * 1000, retry_after * 1000) end
  local granted = grant(b, wanted, burst)
  save(key, b, rate, burst)
  answer[#answer + 1] = granted
  answer[#answer + 1] = math.ceil((time_of(b, 1, rate) - now) / 1000)
  answer[#answer + 1] = b.share
end
return answer
)lua";

constexpr size_t kNumbers = 3;  // Of an answer.

const LuaScript& Script() {
  static const LuaScript script(kSource);
  return script;
}

}  // namespace

ScriptCall LeaseCall(const std::string& prefix, std::span<const LeaseRequest> requests,
                     std::optional<int64_t> now_us) {
  ScriptCall call{.script = &Script()};
  call.arguments.push_back(now_us ? Cat(*now_us) : "");
  std::vector<int64_t> wanted;
  for (const LeaseRequest& request : requests) {
    call.keys.push_back(Cat(prefix, "{limits}:", request.key));
    for (int64_t number : {request.tokens_per_period, request.period_ns, request.burst, request.tokens}) {
      call.arguments.push_back(Cat(number));
    }
    const auto& throttle = request.throttle;
    call.arguments.push_back(throttle ? Cat(throttle->attempt_age_ms) : "");
    call.arguments.push_back(throttle ? Cat(throttle->retry_after_ms) : "");
    wanted.push_back(request.tokens);
  }
  call.expected = [wanted = std::move(wanted)](const RedisReply& reply) {
    const std::vector<RedisReply>* numbers = reply.array();
    if (numbers == nullptr || numbers->size() != kNumbers * wanted.size()) return false;
    for (size_t i = 0; i < numbers->size(); ++i) {
      const int64_t* number = (*numbers)[i].integer();
      if (number == nullptr || *number < 0) return false;
      const int64_t asked = std::max<int64_t>(wanted[i / kNumbers], 0);
      if (i % kNumbers == 0 && *number > asked) return false;
      if (i % kNumbers == 2 && *number > 1000) return false;
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
