#include "tests/sandbox/json.h"

#include <string>

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxKeys = 10000;
constexpr size_t kMaxDepth = 100;

// Ends the reading of a text at its first error or past a bound.
class Bounds : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool key(std::string&) override { return ++keys_ <= kMaxKeys; }
  bool start_object(size_t) override { return ++depth_ <= kMaxDepth; }
  bool end_object() override { return depth_-- > 0; }
  bool start_array(size_t) override { return ++depth_ <= kMaxDepth; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  size_t keys_ = 0;
  size_t depth_ = 0;
};

}  // namespace

Json ParseJson(std::string_view text) {
  Bounds bounds;
  if (!Json::sax_parse(text, &bounds)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace blooio::sandbox
