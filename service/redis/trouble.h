// What goes wrong with Redis, in five kinds: each is one code of a status, one word
// for metrics, and one sentence that says where and what to do next.
//
//   code                  word          when
//   kDeadlineExceeded     timeout       no answer in time
//   kUnavailable          connection    there is none, or it was lost
//   kPermissionDenied     refused       Redis does not let us in, or not do this
//   kDataLoss             nonsense      not Redis, or not the answer to what was asked
//   any other             error         Redis cannot just now (full, read-only, loading, …)
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace blooio::gateway {

std::string_view TroubleWord(const absl::Status& trouble);

// An error reply, understood.
struct RedisTrouble {
  absl::Status status;
  // The connection is of no use any more: another server may stand behind the
  // address by now, or another password in the file.
  bool drop = false;
};

// `where` is the server as people know it. What Redis says is quoted unless `quiet`:
// it repeats the arguments of commands that it does not like, of AUTH the password.
RedisTrouble TroubleOf(std::string_view error_text, std::string_view where, bool quiet);

}  // namespace blooio::gateway
