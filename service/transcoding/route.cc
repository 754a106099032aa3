#include "service/transcoding/route.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "google/api/annotations.pb.h"
#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

absl::Status Mistake(const MethodDescriptor* method, std::string_view what) {
  return absl::InvalidArgumentError(Cat(method->full_name(), ": ", what));
}

bool ReadPattern(const HttpRule& rule, Verb* verb, std::string* pattern) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      *verb = Verb::kGet;
      *pattern = rule.get();
      return true;
    case HttpRule::kPost:
      *verb = Verb::kPost;
      *pattern = rule.post();
      return true;
    case HttpRule::kPatch:
      *verb = Verb::kPatch;
      *pattern = rule.patch();
      return true;
    case HttpRule::kPut:
      *verb = Verb::kPut;
      *pattern = rule.put();
      return true;
    case HttpRule::kDelete:
      *verb = Verb::kDelete;
      *pattern = rule.delete_();
      return true;
    default:
      return false;
  }
}

// Whether a text of this shape can hold no comma, and so cannot become a list.
bool ExcludesComma(const FieldPlan& plan) {
  const rest::v1::Shape shape = plan.rules.shape();
  return shape == rest::v1::SHAPE_E164 || shape == rest::v1::SHAPE_EMAIL ||
         shape == rest::v1::SHAPE_E164_OR_EMAIL || shape == rest::v1::SHAPE_GROUP_ID;
}

// Text, number or a union of texts: what can stand in one path segment. Where a
// list can stand, a comma in anything else would make it one.
bool FitsPath(const FieldPlan& plan) {
  if (plan.field->is_repeated()) return false;
  if (plan.message == nullptr) return true;
  if (plan.message->kind != MessagePlan::Kind::kUntaggedUnion) return false;
  bool lists = false;
  bool commas = false;
  for (const FieldPlan& member : plan.message->fields) {
    const FieldPlan* list = member.message == nullptr ? nullptr : member.message->OnlyTextList();
    if (member.message != nullptr && list == nullptr) return false;
    const FieldPlan& text = list != nullptr ? *list : member;
    lists |= list != nullptr;
    commas |= text.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !ExcludesComma(text);
  }
  return !lists || !commas;
}

// Unreserved characters and slashes; a field fills its segment alone, which is
// what makes a dot segment recognisable in its value.
bool IsPathLiteral(std::string_view literal, bool field_before, bool field_behind) {
  const bool clean = std::all_of(literal.begin(), literal.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("/-._~").find(c) != std::string_view::npos;
  });
  return clean && (!field_before || literal.empty() || literal.front() == '/') &&
         (!field_behind || (!literal.empty() && literal.back() == '/'));
}

absl::Status CompilePath(const MethodDescriptor* method, std::string_view pattern, Route* route) {
  if (pattern.empty() || pattern[0] != '/') return Mistake(method, "its path has to begin with a slash");
  while (!pattern.empty()) {
    PathPart part;
    const size_t open = pattern.find('{');
    part.literal = std::string(pattern.substr(0, open));
    if (!IsPathLiteral(part.literal, !route->path.empty(), open != std::string_view::npos)) {
      return Mistake(method, "its path has to be of plain segments and {fields} that fill one each");
    }
    if (open != std::string_view::npos) {
      const size_t close = pattern.find('}', open);
      if (close == std::string_view::npos) return Mistake(method, "its path has an open brace");
      const std::string_view name = pattern.substr(open + 1, close - open - 1);
      part.field = route->request->FindByName(name);
      if (part.field == nullptr || !FitsPath(*part.field)) {
        return Mistake(method, Cat("its path names ", name, ", which is no field for a path"));
      }
      pattern.remove_prefix(close + 1);
    } else {
      pattern = {};
    }
    route->path.push_back(std::move(part));
  }
  return absl::OkStatus();
}

// Says where the field travels; null when the declaration is sound.
const char* MistakeIn(const FieldPlan& plan, bool in_path, const Route& route) {
  const rest::v1::FieldRules& rules = plan.rules;
  const bool in_header = !rules.header().empty();
  if (in_path + in_header + rules.gateway_only() > 1) {
    return " can only travel in one of path, header and nowhere";
  }
  if (in_header && (plan.field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || plan.field->is_repeated())) {
    return " travels as a header and has to be text";
  }
  if (rules.header_or_body() && (!in_header || !route.has_body)) {
    return " can only move from a header into a body where there are both";
  }
  if (rules.idempotency_key() && route.key_field != nullptr) return " is a second idempotency key";
  if (rules.idempotency_key() && !in_header && !rules.gateway_only()) {
    return " is an idempotency key, which travels as a header or not at all";
  }
  return nullptr;
}

absl::Status PlaceField(const MethodDescriptor* method, const FieldPlan& plan, Route* route) {
  const bool in_path = std::any_of(route->path.begin(), route->path.end(),
                                   [&](const PathPart& part) { return part.field == &plan; });
  if (const char* what = MistakeIn(plan, in_path, *route)) {
    return Mistake(method, Cat(plan.field->name(), what));
  }
  if (plan.rules.idempotency_key()) route->key_field = &plan;
  if (in_path || plan.rules.gateway_only()) return absl::OkStatus();
  if (!plan.rules.header().empty()) {
    // The idempotency key's header is written by the pipeline, from the derived key.
    if (!plan.rules.idempotency_key()) route->headers.push_back(&plan);
  } else if (route->has_body) {
    route->body.push_back(&plan);
  } else if (plan.message != nullptr) {
    return Mistake(method, Cat(plan.field->name(), " is a message and cannot stand in a query"));
  } else {
    route->query.push_back(&plan);
  }
  return absl::OkStatus();
}

}  // namespace

const FieldPlan* Route::PathField() const {
  for (const PathPart& part : path) {
    if (part.field != nullptr) return part.field;
  }
  return nullptr;
}

const std::string& Route::KeyHeader() const {
  static const std::string kNone;
  return key_field == nullptr ? kNone : key_field->rules.header();
}

absl::StatusOr<const Route*> RouteTable::Compile(const MethodDescriptor* method) {
  auto route = std::make_unique<Route>();
  const HttpRule& rule = method->options().GetExtension(google::api::http);
  const std::string& api = method->service()->options().GetExtension(rest::v1::service).api();
  std::string pattern;
  if (!ReadPattern(rule, &route->verb, &pattern)) return Mistake(method, "it has no google.api.http rule");
  if (api != "v2" && api != "v4") return Mistake(method, "its service does not say which API it mirrors");

  route->method = Cat(method->service()->full_name(), "/", method->name());
  route->api = api == "v2" ? Api::kV2 : Api::kV4;
  route->rules = method->options().GetExtension(rest::v1::method);
  route->read_only =
      method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
  const bool takes_body = route->verb != Verb::kGet && route->verb != Verb::kDelete;
  route->has_body = takes_body && rule.body() == "*";
  if (!rule.body().empty() && !route->has_body) {
    return Mistake(method, takes_body ? "its body can only be \"*\"" : "GET and DELETE have no body");
  }

  if (auto status = plans_.Compile(method->input_type(), &route->request); !status.ok()) return status;
  if (auto status = plans_.Compile(method->output_type(), &route->reply); !status.ok()) return status;
  if (auto status = CompilePath(method, pattern, route.get()); !status.ok()) return status;
  for (const FieldPlan& plan : route->request->fields) {
    if (auto status = PlaceField(method, plan, route.get()); !status.ok()) return status;
  }
  if (!rule.response_body().empty()) {
    route->reply_body = route->reply->FindByName(rule.response_body());
    if (route->reply_body == nullptr || route->reply_body->message == nullptr ||
        route->reply_body->field->is_repeated()) {
      return Mistake(method, "its response_body has to name a message field of the reply");
    }
  }
  route->request_meanings = CompileMeanings(*route->request);
  for (const MeaningTrail& trail : route->request_meanings) {
    route->takes_sender |= trail.meaning == rest::v1::MEANING_SENDER;
    route->takes_channel |= trail.meaning == rest::v1::MEANING_CHANNEL;
    route->takes_chat |= trail.meaning == rest::v1::MEANING_CHAT;
  }
  if (!route->read_only) route->result_ids = CompileMeanings(*route->reply);
  return routes_.emplace_back(std::move(route)).get();
}

absl::StatusOr<const Route*> RouteTable::CompileFor(const google::protobuf::Descriptor* request) {
  const google::protobuf::FileDescriptor* file = request->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const MethodDescriptor* method = file->service(s)->method(m);
      if (method->input_type() == request) return Compile(method);
    }
  }
  return absl::NotFoundError(Cat("no RPC of ", file->name(), " takes ", request->full_name()));
}

}  // namespace blooio::gateway
