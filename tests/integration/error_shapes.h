// The calls and the bodies of errors that the rows of the error table are
// crossed with.
#pragma once

#include <google/protobuf/empty.pb.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"
#include "tests/integration/harness/stack.h"

namespace blooio::integration {

// A kind of call, as the error table tells them apart.
struct Kind {
  std::string name;
  std::shared_ptr<google::protobuf::Message> request;
  // A blind repeat is safe.
  bool repeatable;
  bool read = false;
  bool create = false;
  // The field that the path names, if any.
  std::string path_field = "";
  // It has a caller's key.
  bool keyed = false;
  // What RequestInfo tells: the caller's key, "*" for a minted one, "" for none.
  std::string key = "";
};

// The same under another key, if it has one.
inline Kind Fresh(Kind kind) {
  static int keys = 0;
  if (!kind.keyed) return kind;
  const std::string key = "order-" + std::to_string(++keys);
  const std::shared_ptr<google::protobuf::Message> request(kind.request->New());
  request->CopyFrom(*kind.request);
  request->GetReflection()->SetString(request.get(),
                                      request->GetDescriptor()->FindFieldByName("idempotency_key"), key);
  kind.request = request;
  if (!kind.key.empty()) kind.key = key;
  return kind;
}

// Each time under keys of their own.
inline std::vector<Kind> Kinds() {
  const auto make = [](auto message) { return std::make_shared<decltype(message)>(std::move(message)); };
  const std::string v2 = R"(chat_id { phone_number: "+15557770001" } text: "private text" )";
  const std::string v4 = R"(chat_id: "chat_demo_1" content { text { text: "private text" } } )";
  std::vector<Kind> kinds = {
      {.name = "read", .request = make(v4::ListGroupsRequest()), .repeatable = true, .read = true},
      {.name = "read with path",
       .request = make(Parse<v4::GetGroupRequest>(R"(group_id: "grp_1")")),
       .repeatable = true,
       .read = true,
       .path_field = "group_id"},
      {.name = "v2 keyed",
       .request = make(Parse<v2::SendMessageRequest>(v2 + R"(idempotency_key: "k")")),
       .repeatable = true,
       .path_field = "chat_id",
       .keyed = true,
       .key = "k"},
      {.name = "v2 unkeyed",
       .request = make(Parse<v2::SendMessageRequest>(v2)),
       .repeatable = false,
       .path_field = "chat_id",
       .key = "*"},
      {.name = "v4 keyed",
       .request = make(Parse<v4::SendChatMessageRequest>(v4 + R"(idempotency_key: "k")")),
       .repeatable = true,
       .path_field = "chat_id",
       .keyed = true,
       .key = "k"},
      {.name = "v2 create",
       .request = make(Parse<v2::CreateGroupRequest>(R"(name: "T")")),
       .repeatable = false,
       .create = true},
      {.name = "v4 create, its key stays here",
       .request = make(Parse<v4::CreateGroupRequest>(
           R"(channel_id: "ch_blooio_1" members { identifier: "+15557770001" } idempotency_key: "k")")),
       .repeatable = false,
       .create = true,
       .keyed = true},
  };
  for (Kind& kind : kinds) kind = Fresh(kind);
  return kinds;
}

// What the upstream's error looks like.
struct Shape {
  std::string name;
  // Members of the fault besides the status.
  Json body;
  bool json = true;
  // "" when the body gives none.
  std::string code = "";
  // What of it may be quoted to people.
  std::string quote = "";
};

inline std::vector<Shape> Shapes() {
  const auto text = [](const std::string& body) { return Json{{"body_base64", absl::Base64Escape(body)}}; };
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += R"({"error":)";
  return {
      {.name = "flat",
       .body = text(R"({"error":"ApiError","message":"It is so","status":400,"code":"some_code"})"),
       .code = "some_code",
       .quote = "It is so"},
      {.name = "nested",
       .body = text(R"({"error":{"code":"some_code","message":"It is so","issues":[{"message":"no"}]}})"),
       .code = "some_code",
       .quote = "It is so"},
      {.name = "string", .body = text(R"({"error":"It is so","status":400})"), .quote = "It is so"},
      {.name = "empty", .body = text(""), .json = false},
      {.name = "HTML", .body = text("<html><body>It is so</body></html>"), .json = false},
      {.name = "truncated",
       .body = text(R"({"error":{"code":"some_code","message":"It is s)"),
       .code = "some_code"},
      {.name = "invalid UTF-8",
       .body = text("{\"error\":\"It \xFFis\xC3 so\xF0\x9F\"}"),
       .quote = "It \xEF\xBF\xBDis\xEF\xBF\xBD so\xEF\xBF\xBD"},
      {.name = "10 MB",
       .body = {{"body_repeat", {{"text", R"({"error":"It is so"},)"}, {"times", 500000}}}},
       .quote = "It is so"},
      {.name = "10 MB of nothing",
       .body = {{"body_repeat", {{"text", "It is so. "}, {"times", 1000000}}}},
       .json = false},
      {.name = "10,000 objects deep", .body = text(deep)},
      {.name = "10,000 arrays deep", .body = {{"body_repeat", {{"text", "["}, {"times", 10000}}}}},
      {.name = "line breaks and length",
       .body = text(R"({"error":"It\r\nis\u0000 so )" + std::string(5000, 'x') + R"("})"),
       .quote = "It is so xxx"},
      {.name = "identifiers",
       .body = text(R"({"error":"ApiError","message":"+15557770001, (555) 777-0001 and ada@example.org"})"),
       .quote = "+1***01, 5***01 and a***@***"},
      {.name = "identifier as code",
       .body = text(R"({"error":{"code":"15557770001","message":"%2B15557770001"}})"),
       .code = "*",
       .quote = "+1***01"},
  };
}

// What holds for every error of the gateway, whatever its row.
inline void CheckSound(const Result& result) {
  using google::rpc::ErrorInfo;
  using google::rpc::RetryInfo;
  EXPECT_EQ(result.status.code(), result.code) << result;
  EXPECT_EQ(result.status.message(), result.message) << result;
  EXPECT_LT(result.details.size(), 4096u) << result;
  EXPECT_EQ(result.All<ErrorInfo>().size(), 1u) << result;
  EXPECT_FALSE(result.Reason().empty()) << result;
  EXPECT_FALSE(result.message.empty());
  EXPECT_EQ(result.message.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos) << result;
  EXPECT_EQ(result.Fact("account"), "main") << result;
  const std::string all = result.message + result.status.DebugString();
  for (const char* secret : {"5557770001", "777-0001", "ada@", "private text"}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret << result;
  }
  const auto retries = result.All<RetryInfo>();
  const std::string pushback = result.Trailer("grpc-retry-pushback-ms");
  ASSERT_FALSE(pushback.empty()) << result;
  if (pushback == "-1") {
    EXPECT_TRUE(retries.empty()) << result;
    return;
  }
  ASSERT_EQ(retries.size(), 1u) << result;
  const auto& delay = retries[0].retry_delay();
  EXPECT_EQ(std::to_string(delay.seconds() * 1000 + delay.nanos() / 1000000), pushback) << result;
  EXPECT_GE(std::stoll(pushback), 50) << result;
  EXPECT_LE(std::stoll(pushback), 600000) << result;
}

// Whose key RequestInfo tells.
inline void CheckKey(const Kind& kind, const Result& result) {
  const auto info = result.All<google::rpc::RequestInfo>();
  ASSERT_EQ(info.size(), kind.key.empty() ? 0u : 1u) << result;
  if (kind.key == "*") {
    EXPECT_EQ(info[0].request_id().size(), 36u) << result;
  } else if (!kind.key.empty()) {
    EXPECT_EQ(info[0].request_id(), kind.key) << result;
  }
}

}  // namespace blooio::integration
