// A gateway whose key files the test writes, with a sandbox behind it that takes the
// keys it is told.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "blooio/v2/messages_service.pb.h"
#include "tests/integration/harness/caller.h"
#include "tests/integration/harness/gateway_server.h"
#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {

class KeysWorld : public ::testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  std::string MakeKey(const std::string& name) const { return "bl_test_" + name + RandomHex(24); }

  void Start(const std::string& current_file, const std::string& next_file = "") {
    GatewayOptions options;
    options.upstream = sandbox_.address();
    options.sections = "http: { listen: '127.0.0.1:0' }\n";
    if (!next_file.empty()) options.account = "next_api_key_file: " + next_file;
    options.config = ConfigText(options, current_file);
    gateway_ = std::make_unique<GatewayServer>(options);
    caller_ = std::make_unique<Caller>(gateway_->address());
  }
  // Replaced the way a careful hand does it.
  void Write(const std::string& name, const std::string& content) const {
    std::filesystem::rename(folder_.Write(name + ".tmp", content), folder_.path() / name);
  }
  std::string Path(const std::string& name) const { return folder_.path() / name; }
  bool Says(const std::string& text) { return gateway_->process().WaitForError(text, kPatience); }

  Result Call(const std::string& idempotency_key = "") const {
    v2::SendMessageRequest request;
    request.mutable_chat_id()->set_phone_number("+15551234567");
    request.set_text("hi");
    if (!idempotency_key.empty()) request.set_idempotency_key(idempotency_key);
    v2::SendMessageResponse reply;
    return caller_->Call(request, &reply);
  }
  // The key of the last request that arrived, as the journal shows it.
  std::string LastKey() const { return sandbox_.Requests().back().Header("Authorization"); }
  size_t Arrived() const { return sandbox_.Requests().size(); }

  TempDir folder_;
  SandboxServer sandbox_;
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Caller> caller_;
};

}  // namespace blooio::integration
