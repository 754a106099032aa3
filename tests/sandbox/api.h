// The Blooio API itself: routes, authentication, and what is common to all
// operations. A pure function from request and store to response.
//
// Order of checks: unknown path 404 (HTML), wrong verb 405, key 401, limit 429,
// then path, query, content type and JSON 400, then the operation's own.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/cursor.h"
#include "tests/sandbox/errors.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/idempotency.h"
#include "tests/sandbox/request_limit.h"
#include "tests/sandbox/store.h"
#include "tests/sandbox/uri.h"

namespace blooio::sandbox {

// Everything an operation may read and change.
struct ApiState {
  ApiState(std::string api_key, Store::Clock clock, RequestLimit::Clock steady)
      : first_key(std::move(api_key)), keys{first_key}, store(std::move(clock)), limit(std::move(steady)) {}

  // Back to the fixtures, the first key and the first rate; the cursor secret stays.
  void Reset();

  const std::string first_key;
  std::optional<RequestLimit::Rate> first_rate;
  // Those that are accepted; all of one organisation.
  std::vector<std::string> keys;
  Store store;
  RequestLimit limit;
  IdempotencyRecords v2_records;
  IdempotencyRecords v4_records;
  CursorSealer cursors;
  V2Errors v2_errors = V2Errors::kNewer;
};

// One request, taken apart, for the operation it names.
struct Call {
  const HttpRequest& request;
  ApiState& state;
  // The decoded path parameter; empty for routes without.
  std::string path_value;
  Query query;
  // POST only; always an object.
  Json body;

  HttpResponse RefuseV2(int status, std::string_view message, std::string_view code = "",
                        const Json& extras = Json::object()) const {
    return V2Error(state.v2_errors, status, message, code, extras);
  }
};

HttpResponse HandleApi(const HttpRequest& request, ApiState& state);

}  // namespace blooio::sandbox
