#include "tests/sandbox/me.h"

namespace blooio::sandbox {
namespace {

Json Me() {
  Json numbers = Json::array();
  for (const std::string_view number : OwnNumbers()) {
    numbers.push_back({{"phone_number", number}, {"is_active", true}});
  }
  return {{"organization_id", "org_demo1"}, {"numbers", std::move(numbers)}};
}

}  // namespace

HttpResponse GetMeV2(const Call& call) {
  if (!call.query.empty()) return call.RefuseV2(400, "This request takes no query.");
  return JsonResponse(200, Me());
}

HttpResponse GetMeV4(const Call& call) {
  if (!call.query.empty()) return V4Error(400, "bad_request", "This request takes no query.");
  return JsonResponse(200, {{"data", Me()}});
}

}  // namespace blooio::sandbox
