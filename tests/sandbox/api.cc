#include "tests/sandbox/api.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/sandbox/me.h"
#include "tests/sandbox/text.h"
#include "tests/sandbox/v2.h"
#include "tests/sandbox/v4.h"

namespace blooio::sandbox {
namespace {

struct Route {
  std::string_view verb;
  // "*" stands for the path parameter.
  std::string_view pattern;
  Version version;
  HttpResponse (*handle)(const Call&);
};

constexpr Route kRoutes[] = {
    {"GET", "/v2/api/me", Version::kV2, GetMeV2},
    {"POST", "/v2/api/groups", Version::kV2, CreateGroupV2},
    {"POST", "/v2/api/chats/*/messages", Version::kV2, SendMessageV2},
    {"GET", "/v4/me", Version::kV4, GetMeV4},
    {"POST", "/v4/groups", Version::kV4, CreateGroupV4},
    {"GET", "/v4/groups", Version::kV4, ListGroupsV4},
    {"GET", "/v4/groups/*", Version::kV4, GetGroupV4},
    {"POST", "/v4/chats/*/messages", Version::kV4, SendChatMessageV4},
};

// Whether the path fits, and the raw text that stands for "*".
bool Matches(std::string_view pattern, const Target& target, std::string_view& parameter) {
  const std::vector<std::string_view> parts = Split(pattern.substr(1), '/');
  if (parts.size() != target.segments.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "*") {
      parameter = target.segments[i];
      if (parameter.empty()) return false;
    } else if (parts[i] != target.segments[i]) {
      return false;
    }
  }
  return true;
}

// The accepted key that the request has; null without one.
const std::string* FindKey(const HttpRequest& request, const std::vector<std::string>& keys) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto values = HeaderValues(request.headers, "Authorization");
  if (values.size() != 1 || !StartsWithIgnoreCase(values[0], kScheme)) return nullptr;
  const std::string_view given = values[0].substr(kScheme.size());
  const auto found = std::find_if(keys.begin(), keys.end(), [given](const std::string& key) {
    return given.size() == key.size() && CRYPTO_memcmp(given.data(), key.data(), key.size()) == 0;
  });
  return found == keys.end() ? nullptr : &*found;
}

HttpResponse TooMany(const Route& route, const ApiState& state, int64_t seconds) {
  HttpResponse response = route.version == Version::kV2
                              ? V2Error(state.v2_errors, 429, "Rate limit exceeded.")
                              : V4TooManyRequests();
  response.headers.push_back({"Retry-After", std::to_string(seconds)});
  return response;
}

HttpResponse Malformed(const Route& route, const ApiState& state, std::string_view message) {
  return route.version == Version::kV2 ? V2Error(state.v2_errors, 400, message)
                                       : V4Error(400, "bad_request", message);
}

// Fills body; the answer is a refusal.
std::optional<HttpResponse> ReadBody(const Route& route, Call& call) {
  if (route.verb == "GET") {
    if (call.request.body.empty()) return std::nullopt;
    return Malformed(route, call.state, "This request takes no body.");
  }
  if (!HasJsonContentType(call.request)) {
    return Malformed(route, call.state, "Content-Type has to be application/json.");
  }
  call.body = ParseJson(call.request.body);
  if (call.body.is_discarded()) return Malformed(route, call.state, "The body is not valid JSON.");
  if (call.body.is_object()) return std::nullopt;
  constexpr std::string_view kMessage = "The body has to be a JSON object.";
  return route.version == Version::kV2 ? Malformed(route, call.state, kMessage)
                                       : V4Error(422, "validation_failed", kMessage);
}

HttpResponse Serve(const Route& route, std::string_view parameter, std::string_view query,
                   const HttpRequest& request, ApiState& state) {
  const std::string* key = FindKey(request, state.keys);
  if (key == nullptr) {
    return route.version == Version::kV2 ? V2Error(state.v2_errors, 401, "Invalid or missing API key.")
                                         : V4Unauthorized();
  }
  if (const std::optional<int64_t> seconds = state.limit.Refuse(*key)) return TooMany(route, state, *seconds);
  std::optional<std::string> value = Decode(parameter);
  if (!value) return Malformed(route, state, "The path is not percent-encoded properly.");
  std::optional<Query> pairs = ParseQuery(query);
  if (!pairs) return Malformed(route, state, "The query is not encoded properly.");
  if (route.verb != "GET" && !pairs->empty()) return Malformed(route, state, "This request takes no query.");

  Call call{request, state, *std::move(value), *std::move(pairs), Json::object()};
  if (auto refusal = ReadBody(route, call)) return *std::move(refusal);
  return route.handle(call);
}

}  // namespace

void ApiState::Reset() {
  store.Reset();
  keys = {first_key};
  limit.Set(first_rate);
  v2_records.Clear();
  v4_records.Clear();
  v2_errors = V2Errors::kNewer;
}

HttpResponse HandleApi(const HttpRequest& request, ApiState& state) {
  const Target target = SplitTarget(request.target);
  std::vector<std::string_view> allowed;
  Version version = Version::kV2;
  for (const Route& route : kRoutes) {
    std::string_view parameter;
    if (!Matches(route.pattern, target, parameter)) continue;
    if (route.verb == request.verb) return Serve(route, parameter, target.query, request, state);
    allowed.push_back(route.verb);
    version = route.version;
  }
  if (allowed.empty()) return HtmlResponse(404, "Not Found");
  constexpr std::string_view kMessage = "This method is not allowed here.";
  HttpResponse response = version == Version::kV2 ? V2Error(state.v2_errors, 405, kMessage)
                                                  : V4Error(405, "method_not_allowed", kMessage);
  response.headers.push_back({"Allow", Join(allowed, ", ")});
  return response;
}

}  // namespace blooio::sandbox
