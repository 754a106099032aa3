// Requests for the sandbox's tests, and a sandbox with a clock that ticks.
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tests/sandbox/sandbox.h"

namespace blooio::sandbox {

inline constexpr char kTestKey[] = "bl_test_key";

inline HttpRequest MakeRequest(std::string verb, std::string target, std::string body = "",
                               Headers headers = {}) {
  HttpRequest request{std::move(verb), std::move(target), std::move(headers), std::move(body), 1};
  request.headers.push_back({"Authorization", std::string("Bearer ") + kTestKey});
  if (request.verb == "POST") request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

// A sandbox that answers one call at a time.
class Caller {
 public:
  Answer Handle(const HttpRequest& request) { return sandbox.Handle(request); }
  HttpResponse Get(std::string target) { return Handle(MakeRequest("GET", std::move(target))).response; }
  HttpResponse Post(std::string target, std::string body, Headers headers = {}) {
    return Handle(MakeRequest("POST", std::move(target), std::move(body), std::move(headers))).response;
  }
  // Of /__sandbox/counts.
  int Count(const std::string& what) { return Json::parse(Get("/__sandbox/counts").body)[what].get<int>(); }

  Sandbox sandbox{kTestKey, [this] { return ++now_ms_; }, [this] { return steady_ns; }};
  // What the rate limit goes by; stands still.
  int64_t steady_ns = 0;

 private:
  int64_t now_ms_ = 1760000000000;
};

inline Json Parsed(const HttpResponse& response) { return Json::parse(response.body); }

}  // namespace blooio::sandbox
