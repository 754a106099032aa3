#include "service/redis/ledger_script.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// An entry is a line, and its reply after that: version, letter, claim, beginning, when the
// claim runs out, payload. The letter: b begun, r resumed (it may have happened before), u
// unknown, d done. Times are microseconds; all fit a double. A b or r whose claim
// has run out is unknown, but its claim may still say more.
constexpr std::string_view kLedgerSource = R"lua(
local VERSION = '1'
local LATEST = 1e16
local AT_ONCE = 16                         -- put right by a call, which makes at most one more
local VOID = 600 * 1000                    -- ms that a late Begin, or first beat, may take to arrive
local MOST_GATEWAYS = 1000

local BASE, ID = KEYS[1], ARGV[5]
local KEY, ALL, DONE, SINCE = BASE .. ID, BASE .. 'all', BASE .. 'done', BASE .. 'since'
local BEATS = BASE .. 'beats'
local retention, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local payload, claim = ARGV[6], ARGV[7]
local BEGUN, RESUMED, RUNNING, IS_DONE, UNKNOWN, REUSED, ABSENT, FULL = 0, 1, 2, 3, 4, 5, 6, 7

local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Whatever began after that is known. Made anew when it was lost, or with `restarted`.
local function since(restarted)
  local text = redis.call('GET', SINCE) or ''
  local time, run = string.match(text, '^' .. VERSION .. ' (%d+) (%x*)$')
  time = tonumber(time)
  if time and not restarted then return time, run end
  local run_now = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
  if time and run == run_now then return time, run end
  redis.call('SET', SINCE, string.format('%s %.0f %s', VERSION, now, run_now))
  return now, run_now
end

local function move_on(time)
  local known, run = since()
  if time > known then redis.call('SET', SINCE, string.format('%s %.0f %s', VERSION, time, run)) end
end

-- Nothing when there is none. What cannot be understood may have happened.
local function load()
  local text = redis.pcall('GET', KEY)
  if type(text) == 'table' then
    if not string.find(text.err, 'WRONGTYPE', 1, true) then return nil, text end
    return {letter = 'u', strange = true}
  end
  if not text then return nil end
  local letter, by, began, ends, said, reply =
      string.match(text, '^' .. VERSION .. ' ([brud]) (%x+) (%d+) (%d+) (%x+)\n()')
  began, ends = tonumber(began), tonumber(ends)
  if not letter or began > LATEST or ends > LATEST then return {letter = 'u', strange = true} end
  local e = {letter = letter, claim = by, began = began, ends = ends, payload = said,
             reply = string.sub(text, reply)}
  e.open = letter == 'b' or letter == 'r'
  e.running = e.open and ends > now
  if not e.running and began + retention <= now then return nil end
  return e
end

local function save(e)
  local last = e.began + retention
  if e.running then last = math.max(last, e.ends) end
  local text = string.format('%s %s %s %.0f %.0f %s\n', VERSION, e.letter, e.claim, e.began, e.ends, e.payload)
  redis.call('SET', KEY, text .. (e.reply or ''), 'PX',
             string.format('%.0f', math.max(math.ceil((last - now) / 1000), 1)))
  redis.call('ZADD', ALL, string.format('%.0f', last), ID)
  if e.letter == 'd' then redis.call('ZADD', DONE, string.format('%.0f', e.began), ID) end
end

local function remove(id)
  redis.call('DEL', BASE .. id)
  redis.call('ZREM', ALL, id)
  redis.call('ZREM', DONE, id)
end

-- Whether there is room for another entry.
local function make_room()
  local oldest = redis.call('ZRANGE', ALL, 0, AT_ONCE - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if tonumber(oldest[i + 1]) > now then break end
    remove(oldest[i])
  end
  for _ = 1, AT_ONCE do
    if redis.call('ZCARD', ALL) < most then return true end
    local first = redis.call('ZRANGE', DONE, 0, 0, 'WITHSCORES')
    if #first == 0 then return false end
    move_on(tonumber(first[2]))
    remove(first[1])
  end
  return true  -- There are ever fewer.
end

local function run(e, lasts)
  e.claim, e.ends, e.running = claim, now + lasts, true
  save(e)
end

-- The least time until when a gateway has told all; now when there is none. One that is not
-- heard of is given up after the retention, and with it what it may have done.
local function told_until()
  for _ = 1, AT_ONCE do
    local least = redis.call('ZRANGE', BEATS, 0, 0, 'WITHSCORES')
    if #least == 0 then return now end
    local time = tonumber(least[2])
    if time + retention > now and redis.call('ZCARD', BEATS) <= MOST_GATEWAYS then
      return math.min(time, now)
    end
    redis.call('ZREM', BEATS, least[1])
    move_on(now)
  end
  return 0
end

local function beat(told)
  told_until()
  if told > 0 then
    redis.call('ZADD', BEATS, string.format('%.0f', told), ID)
  else
    redis.call('ZADD', BEATS, 'NX', string.format('%.0f', now - 1000 * VOID), ID)
  end
  return {0, 0, now, ''}
end

local function absent()
  local told = told_until()  -- May move on.
  return {ABSENT, math.max(since(), now - retention), told, ''}
end

local function look()
  local e, failure = load()
  if failure then return failure end
  if not e then return absent() end
  if e.letter == 'd' then return {IS_DONE, 0, 0, e.reply} end
  return {e.running and RUNNING or UNKNOWN, 0, 0, ''}
end

local function begin(lasts, resumable, known_only)
  local e, failure = load()
  if failure then return failure end
  -- It was given up, and nobody hears this.
  if redis.call('GET', BASE .. 'void:' .. claim) then return {RUNNING, 0, 0, ''} end
  if not e then
    if known_only then return absent() end
    if not make_room() then return {FULL, 0, 0, ''} end
    run({letter = 'b', began = now, payload = payload}, lasts)
    return {BEGUN, 0, 0, ''}
  end
  if e.strange then return {UNKNOWN, 0, 0, ''} end
  if e.payload ~= payload then return {REUSED, 0, 0, ''} end
  if e.running or e.letter == 'd' or not resumable then return look() end
  e.letter = 'r'
  run(e, lasts)
  return {RESUMED, 0, 0, ''}
end

local function settle(what, reply)
  local e, failure = load()
  if failure then return failure end
  local owns = e and e.open and e.claim == claim
  if what == 'not done' and not owns then
    redis.call('SET', BASE .. 'void:' .. claim, '1', 'PX', VOID)
    return {0, 0, 0, ''}
  end
  if what == 'not done' and e.letter == 'b' then
    remove(ID)
    return {0, 0, 0, ''}
  end
  if e and (e.letter == 'd' or e.strange and what ~= 'done') then return {0, 0, 0, ''} end
  if not e and not make_room() then
    move_on(now)
    return {0, 0, 0, ''}
  end
  e = e or {}
  if not e.began then e.letter, e.began, e.ends, e.payload = 'u', now, now, payload end
  if what == 'done' then
    e.letter, e.claim, e.running, e.payload, e.reply = 'd', '0', false, payload, reply
  elseif e.open and not owns then
    e.letter = 'r'
  else
    e.letter, e.claim, e.running = 'u', '0', false
  end
  save(e)
  return {0, 0, 0, ''}
end

local what = ARGV[1]
if what == 'begin' then return begin(tonumber(ARGV[8]), ARGV[9] == '1', ARGV[10] == '1') end
if what == 'look' then return look() end
if what == 'settle' then return settle(ARGV[8], ARGV[9]) end
if what == 'move on' then
  move_on(now)
  return {0, 0, 0, ''}
end
if what == 'beat' then return beat(tonumber(ARGV[8])) end
if what == 'leave' then
  redis.call('ZREM', BEATS, ID)
  return {0, 0, 0, ''}
end
since(true)
local answer = begin(0, false, false)
if answer.err then return answer end
return settle('not done', '')
)lua";

constexpr size_t kWords = 8;
constexpr int64_t kLatest = 10'000'000'000'000'000;
constexpr std::array<std::string_view, 3> kEnds = {"done", "not done", "unknown"};

const LuaScript& LedgerScript() {
  static const LuaScript script(kLedgerSource);
  return script;
}

// Whether it has the shape of an answer, and one of the words that are 1 in `words`.
bool IsAnswer(const RedisReply& reply, unsigned words) {
  const std::vector<RedisReply>* parts = reply.array();
  if (parts == nullptr || parts->size() != 4) return false;
  const int64_t* word = (*parts)[0].integer();
  if (word == nullptr || *word < 0 || *word >= static_cast<int64_t>(kWords)) return false;
  if ((words >> *word & 1) == 0) return false;
  for (const size_t time : {1, 2}) {
    const int64_t* us = (*parts)[time].integer();
    if (us == nullptr || *us < 0 || *us > kLatest) return false;
  }
  return (*parts)[3].string() != nullptr;
}

constexpr unsigned Bit(LedgerWord word) { return 1U << static_cast<unsigned>(word); }
constexpr unsigned kAnyWord = (1U << kWords) - 1;
constexpr unsigned kSeen =
    Bit(LedgerWord::kRunning) | Bit(LedgerWord::kDone) | Bit(LedgerWord::kUnknown) | Bit(LedgerWord::kAbsent);
constexpr unsigned kHeard = 1;

ScriptCall Call(const LedgerScope& scope, std::string_view what, const LedgerClaim& claim, LedgerNow now_us,
                std::vector<std::string> more, unsigned words) {
  ScriptCall call{.script = &LedgerScript()};
  call.keys.push_back(Cat(scope.prefix, "{ledger}:"));
  call.arguments = {std::string(what),
                    now_us ? Cat(*now_us) : "",
                    Cat(absl::ToInt64Microseconds(scope.retention)),
                    Cat(scope.max_entries),
                    claim.id,
                    claim.payload,
                    claim.claim};
  for (std::string& argument : more) call.arguments.push_back(std::move(argument));
  call.expected = [words](const RedisReply& reply) { return IsAnswer(reply, words); };
  return call;
}

}  // namespace

ScriptCall LedgerBegin(const LedgerScope& scope, const LedgerClaim& claim, const LedgerTerms& terms,
                       LedgerNow now_us) {
  const absl::Duration lasts = std::clamp(terms.lasts, absl::ZeroDuration(), scope.retention);
  return Call(
      scope, "begin", claim, now_us,
      {Cat(absl::ToInt64Microseconds(lasts)), terms.resumable ? "1" : "0", terms.known_only ? "1" : "0"},
      kAnyWord);
}

ScriptCall LedgerLook(const LedgerScope& scope, const std::string& id, LedgerNow now_us) {
  return Call(scope, "look", {.id = id}, now_us, {}, kSeen);
}

ScriptCall LedgerSettle(const LedgerScope& scope, const LedgerClaim& claim, LedgerEnd end, std::string reply,
                        LedgerNow now_us) {
  return Call(scope, "settle", claim, now_us,
              {std::string(kEnds[static_cast<size_t>(end)]), std::move(reply)}, kHeard);
}

ScriptCall LedgerMoveOn(const LedgerScope& scope, LedgerNow now_us) {
  return Call(scope, "move on", {}, now_us, {}, kHeard);
}

ScriptCall LedgerBeat(const LedgerScope& scope, const std::string& gateway, int64_t told_us,
                      LedgerNow now_us) {
  return Call(scope, "beat", {.id = gateway}, now_us, {Cat(told_us)}, kHeard);
}

ScriptCall LedgerLeave(const LedgerScope& scope, const std::string& gateway, LedgerNow now_us) {
  return Call(scope, "leave", {.id = gateway}, now_us, {}, kHeard);
}

ScriptCall LedgerProbe(const LedgerScope& scope, LedgerNow now_us) {
  return Call(scope, "probe", {.id = "probe", .payload = "0", .claim = "1"}, now_us, {}, kHeard);
}

LedgerAnswer ReadLedgerAnswer(const RedisReply& reply) {
  const std::vector<RedisReply>& parts = *reply.array();
  return {.word = static_cast<LedgerWord>(*parts[0].integer()),
          .known_since_us = *parts[1].integer(),
          .known_until_us = *parts[2].integer(),
          .reply = *parts[3].string()};
}

int64_t ReadLedgerTime(const RedisReply& reply) { return *(*reply.array())[2].integer(); }

}  // namespace blooio::gateway
