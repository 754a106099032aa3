#include "tests/sandbox/errors.h"

#include <string>

namespace blooio::sandbox {

HttpResponse V2Error(V2Errors shape, int status, std::string_view message, std::string_view code,
                     const Json& extras) {
  if (shape == V2Errors::kSeed) return JsonResponse(status, {{"error", message}, {"status", status}});
  Json body = {{"error", "ApiError"}, {"message", message}, {"status", status}};
  if (!code.empty()) body["code"] = code;
  for (const auto& [name, value] : extras.items()) body[name] = value;
  return JsonResponse(status, body);
}

HttpResponse V4Error(int status, std::string_view code, std::string_view message, const Json& details) {
  return JsonResponse(status, {{"error", {{"code", code}, {"message", message}, {"details", details}}}});
}

HttpResponse V4Unauthorized() {
  return JsonResponse(
      401, {{"error", "Unauthorized"}, {"message", "Invalid or missing API key."}, {"status", 401}});
}

HttpResponse V4TooManyRequests() {
  return JsonResponse(429,
                      {{"error", "Too Many Requests"}, {"message", "Rate limit exceeded."}, {"status", 429}});
}

}  // namespace blooio::sandbox
