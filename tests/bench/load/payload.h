// The call that is measured: a v4 SendChatMessage, as its caller sends it, as it travels
// upstream, and what comes back.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blooio/v4/messages_service.pb.h"

namespace blooio::bench {

// Of the same size, whatever the number.
inline std::string KeyOf(uint64_t number) { return absl::StrCat(absl::Hex(number, absl::kZeroPad16)); }

// `bytes`: of its text.
inline v4::SendChatMessageRequest Request(size_t bytes, uint64_t number) {
  v4::SendChatMessageRequest request;
  request.set_chat_id("chat_demo_1");
  request.set_idempotency_key(KeyOf(number));
  request.mutable_content()->mutable_text()->set_text(std::string(bytes, 'x'));
  return request;
}

inline std::string RequestJson(size_t bytes) {
  return absl::StrCat(R"({"content":{"type":"text","text":")", std::string(bytes, 'x'), R"("}})");
}

inline constexpr char kUpstreamKey[] = "bl_live_0123456789abcdef";

// What travels with it.
inline std::vector<std::string> RequestHeaders() {
  return {"User-Agent: blooio-gateway/" BLOOIO_VERSION, "Accept: application/json",
          "Content-Type: application/json", "Idempotency-Key: 0123456789abcdef0123456789abcdef",
          absl::StrCat("Authorization: Bearer ", kUpstreamKey)};
}

// `bytes`: about what is added to the least one.
inline std::string ReplyJson(size_t bytes) {
  std::string json = R"({"id":"msg_0123456789abcdef","chat_id":"chat_demo_1","channel_id":"ch_demo_1",)"
                     R"("channel_type":"blooio","protocol":"imessage","direction":"outbound",)"
                     R"("type":"text","status":"queued","to":"+15551230001")";
  if (bytes > 0) absl::StrAppend(&json, R"(,"preview":{"text":")", std::string(bytes, 'y'), R"("})");
  return json + "}";
}

}  // namespace blooio::bench
