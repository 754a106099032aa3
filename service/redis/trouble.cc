#include "service/redis/trouble.h"

#include <algorithm>
#include <array>
#include <string>

#include "service/base/redact.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using absl::StatusCode;

// What an error reply begins with, or holds when a script is what has met it.
struct Row {
  std::string_view code;
  StatusCode kind;
  bool drop;
  // Follows "Redis at cache:6379 ".
  std::string_view sentence;
};

constexpr std::string_view kGrant =
    "does not let the user do this: grant it del, eval, evalsha, get, info, set, time, zadd, zcard, zrange "
    "and "
    "zrem on our keys (ACL SETUSER)";

constexpr std::array kRows = {
    Row{"NOAUTH", StatusCode::kPermissionDenied, true,
        "wants a password: set redis.password_file, and redis.user if it has users"},
    Row{"WRONGPASS", StatusCode::kPermissionDenied, true,
        "does not accept the user or password: correct redis.user or the file redis.password_file"},
    Row{"NOPERM", StatusCode::kPermissionDenied, false, kGrant},
    Row{"The user executing the script can't", StatusCode::kPermissionDenied, false, kGrant},
    Row{"DENIED", StatusCode::kPermissionDenied, true,
        "is in protected mode and takes no remote connections: give it a password"},
    Row{"READONLY", StatusCode::kInternal, true,
        "is a read-only replica: redis.address has to lead to the primary"},
    Row{"MASTERDOWN", StatusCode::kInternal, true,
        "is a replica without its primary: redis.address has to lead to the primary"},
    Row{"MOVED", StatusCode::kInternal, true,
        "is part of a cluster and sends us elsewhere: use a Redis that is not a cluster"},
    Row{"CLUSTERDOWN", StatusCode::kInternal, true,
        "is part of a cluster that is down: use a Redis that is not a cluster"},
    Row{"ERR max number of clients reached", StatusCode::kUnavailable, true,
        "has as many clients as it takes: raise its maxclients"},
    Row{"OOM", StatusCode::kInternal, false, "is full: raise its maxmemory"},
    Row{"LOADING", StatusCode::kInternal, false, "is loading its data: it answers when it has"},
    Row{"BUSY", StatusCode::kInternal, false, "is busy with a script that does not end: SCRIPT KILL ends it"},
    Row{"MISCONF", StatusCode::kInternal, false,
        "takes no writes since it cannot save to disk: see its log, or stop-writes-on-bgsave-error"},
};

bool Means(std::string_view text, std::string_view code) {
  if (text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ')) return true;
  // What a script has met follows some words, which differ from one Redis to another.
  if (!text.starts_with("ERR ") && !text.starts_with("@user_script:")) return false;
  constexpr std::array<std::string_view, 3> kBefore = {"ERR ", " -", ": "};
  return std::any_of(kBefore.begin(), kBefore.end(), [&](std::string_view before) {
    return text.find(Cat(before, code, " ")) != std::string_view::npos;
  });
}

}  // namespace

std::string_view TroubleWord(const absl::Status& trouble) {
  switch (trouble.code()) {
    case StatusCode::kDeadlineExceeded:
      return "timeout";
    case StatusCode::kUnavailable:
      return "connection";
    case StatusCode::kPermissionDenied:
      return "refused";
    case StatusCode::kDataLoss:
      return "nonsense";
    default:
      return "error";
  }
}

RedisTrouble TroubleOf(std::string_view error_text, std::string_view where, bool quiet) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return Means(error_text, r.code); });
  if (row != kRows.end()) return {absl::Status(row->kind, Cat(where, " ", row->sentence)), row->drop};
  if (quiet) {
    return {
        absl::PermissionDeniedError(Cat(
            where, " does not let us in: check redis.user, the file redis.password_file and its own log")),
        true};
  }
  constexpr size_t kMostQuoted = 200;
  return {
      absl::InternalError(Cat(where, " answers with an error: ", QuoteForPeople(error_text, kMostQuoted))),
      false};
}

}  // namespace blooio::gateway
