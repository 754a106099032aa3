// Feeds requests made of any bytes to the validator and the request writer. The
// first byte chooses the route, the rest fills the request's fields. What the
// validator lets pass has to reach the upstream as exactly that call.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "service/base/utf8.h"
#include "service/transcoding/request_writer.h"
#include "service/transcoding/validator.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

void Require(bool holds, const char* what, std::string_view seen) {
  if (holds) return;
  std::cerr << "broken: " << what << ": " << seen << std::endl;
  std::abort();
}

// Texts near the borders of what is valid, so that some requests pass.
std::string SomeText(FuzzedDataProvider& data) {
  static constexpr const char* kStarts[] = {"", "+1555", "a@", "grp_", "chat_", ".", "..", "https://"};
  const std::string start = data.PickValueInArray(kStarts);
  // gRPC hands over no ill-formed text.
  return start + RepairUtf8(data.ConsumeRandomLengthString(40));
}

void Fill(FuzzedDataProvider& data, Message& message, int depth);

void FillOne(FuzzedDataProvider& data, Message& message, const FieldDescriptor* f, int depth) {
  const Reflection& r = *message.GetReflection();
  const bool add = f->is_repeated();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return add ? r.AddString(&message, f, SomeText(data)) : r.SetString(&message, f, SomeText(data));
    case FieldDescriptor::CPPTYPE_INT32:
      return add ? r.AddInt32(&message, f, data.ConsumeIntegral<int32_t>())
                 : r.SetInt32(&message, f, data.ConsumeIntegralInRange<int32_t>(-1, 300));
    case FieldDescriptor::CPPTYPE_INT64:
      return add ? r.AddInt64(&message, f, data.ConsumeIntegral<int64_t>())
                 : r.SetInt64(&message, f, data.ConsumeIntegral<int64_t>());
    case FieldDescriptor::CPPTYPE_UINT64:
      return r.SetUInt64(&message, f, data.ConsumeIntegral<uint64_t>());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r.SetDouble(&message, f, data.ConsumeFloatingPoint<double>());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r.SetFloat(&message, f, data.ConsumeFloatingPoint<float>());
    case FieldDescriptor::CPPTYPE_BOOL:
      return add ? r.AddBool(&message, f, data.ConsumeBool()) : r.SetBool(&message, f, data.ConsumeBool());
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number =
          data.ConsumeIntegralInRange(f->full_name() == "google.protobuf.Value.null_value" ? 0 : -1, 3);
      return add ? r.AddEnumValue(&message, f, number) : r.SetEnumValue(&message, f, number);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(data, add ? *r.AddMessage(&message, f) : *r.MutableMessage(&message, f), depth + 1);
    default:
      return;
  }
}

void Fill(FuzzedDataProvider& data, Message& message, int depth) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count() && depth < 12; ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    int times = data.ConsumeIntegralInRange(0, 3);
    if (!field->is_repeated()) times = std::min(times, 1);
    while (times-- > 0) FillOne(data, message, field, depth);
  }
}

std::string Decode(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool IsCleanUrl(std::string_view url) {
  for (size_t i = 0; i < url.size(); ++i) {
    if (url[i] == '%') {
      if (i + 2 >= url.size() || !isxdigit(url[i + 1]) || !isxdigit(url[i + 2])) return false;
      i += 2;
    } else if (url[i] & 0x80 || (!isalnum(url[i]) && !strchr("-._~/?&=", url[i]))) {
      return false;
    }
  }
  return true;
}

// Walks the path part by part: each literal, then exactly the field's value.
void CheckPath(const Route& route, const Message& request, std::string_view url) {
  Require(IsCleanUrl(url), "a character that is not plain", url);
  std::string_view rest = url.substr(0, url.find('?'));
  for (const PathPart& part : route.path) {
    Require(rest.starts_with(part.literal), "a literal is missing", url);
    rest.remove_prefix(part.literal.size());
    if (part.field == nullptr) continue;
    const std::string_view segment = rest.substr(0, rest.find('/'));
    Require(!segment.empty() && segment != "." && segment != "..", "a segment names something else", url);
    Require(Decode(segment) == SegmentText(*part.field, request), "a value does not come back", url);
    rest.remove_prefix(segment.size());
  }
  Require(rest.empty(), "a segment too many", url);
}

void CheckQuery(const Route& route, const Message& request, std::string_view url) {
  const size_t mark = url.find('?');
  size_t pairs = 0;
  for (const FieldPlan* plan : route.query) {
    const Reflection& r = *request.GetReflection();
    pairs +=
        plan->field->is_repeated() ? r.FieldSize(request, plan->field) : r.HasField(request, plan->field);
  }
  Require((pairs == 0) == (mark == std::string_view::npos), "a query out of nothing, or none", url);
  if (pairs == 0) return;
  const std::string_view query = url.substr(mark + 1);
  const auto count = [&](char c) { return static_cast<size_t>(std::count(query.begin(), query.end(), c)); };
  Require(count('&') + 1 == pairs, "another number of parameters", url);
  Require(count('=') == pairs, "a stray =", url);
  Require(query.find_first_of("?/") == std::string_view::npos, "a delimiter in the query", url);
}

void CheckBody(const RestRequest& call) {
  if (!call.has_body) return Require(call.body.empty(), "a body where there is none", call.body);
  const json body = json::parse(call.body, nullptr, false);
  Require(body.is_object(), "the body is no JSON object", call.body);
  const json again = json::parse(body.dump());
  Require(again == body, "the body does not come back", call.body);
}

void Check(const Route& route, FuzzedDataProvider& data) {
  auto request = Make(*route.request);
  Fill(data, *request, 0);
  const WriteOptions options = {.headers_into_body = data.ConsumeBool()};
  const Violations violations = Validate(route, *request);
  for (const Violation& violation : violations.first) {
    Require(!violation.path.empty() && !violation.description.empty(), "a violation says nothing", "");
  }
  if (!violations.empty()) return;
  const RestRequest call = WriteRequest(route, *request, options);
  CheckPath(route, *request, call.path);
  CheckQuery(route, *request, call.path);
  CheckBody(call);
  for (const Header& header : call.headers) {
    const bool visible =
        std::all_of(header.value.begin(), header.value.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    Require(visible && !header.value.empty(), "a header that is not visible ASCII", header.value);
  }
  Require(WriteRequest(route, *request, options).body == call.body, "writing is not repeatable", call.body);
}

}  // namespace
}  // namespace blooio::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  const auto& routes = blooio::gateway::AllRoutes();
  blooio::gateway::Check(*routes[data.ConsumeIntegralInRange<size_t>(0, routes.size() - 1)], data);
  return 0;
}
