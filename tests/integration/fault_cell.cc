#include "tests/integration/fault_cell.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <atomic>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "blooio/v2/groups_service.pb.h"
#include "blooio/v2/messages_service.pb.h"
#include "blooio/v4/groups_service.pb.h"
#include "blooio/v4/messages_service.pb.h"

namespace blooio::integration {
namespace {

// A person that no other cell knows.
std::string NextNumber() {
  static std::atomic<int> last = 1000000;
  return absl::StrCat("+1555", ++last);
}

}  // namespace

const std::vector<CallKind>& CallKinds() {
  static const std::vector<CallKind> kinds = {
      {.name = "read", .read = true, .status = 200},
      {.name = "v2-keyed", .keyed = true, .travels = true, .status = 202},
      {.name = "v4-keyed", .keyed = true, .travels = true},
      {.name = "v2-unkeyed", .travels = true, .status = 202},
      {.name = "v4-unkeyed", .travels = true},
      {.name = "v2-create", .create = true},
      {.name = "v4-create", .create = true},
      {.name = "v2-create-keyed", .create = true, .keyed = true},
      {.name = "v4-create-keyed", .create = true, .keyed = true},
  };
  return kinds;
}

Cell MakeCell(const CallKind& kind, const std::string& account, const SandboxServer& sandbox,
              size_t padding) {
  Cell cell{.kind = kind, .account = account, .sandbox = &sandbox, .verb = "POST", .mark = RandomHex(12)};
  const std::string text = cell.mark + std::string(padding, '.');
  const std::string number = NextNumber();
  const bool v2 = kind.name.starts_with("v2");
  const auto keep = [&cell, &kind](auto request) {
    if constexpr (requires { request.set_idempotency_key(""); }) {
      if (kind.keyed) request.set_idempotency_key("order-" + cell.mark);
    }
    cell.request = std::make_shared<decltype(request)>(std::move(request));
  };
  if (kind.read) {
    v4::ListGroupsRequest list;
    list.set_limit(1 + std::stoi(number.substr(5)) % 200);
    cell.verb = "GET";
    cell.prefix = cell.mark = absl::StrCat("/v4/groups?limit=", list.limit());
    keep(list);
  } else if (kind.create && v2) {
    v2::CreateGroupRequest create;
    create.set_name(cell.mark);
    create.add_members(number);
    cell.prefix = "/v2/api/groups";
    keep(create);
  } else if (kind.create) {
    v4::CreateGroupRequest create;
    create.set_channel_id("ch_blooio_1");
    create.set_name(cell.mark);
    create.add_members()->set_identifier(number);
    cell.prefix = "/v4/groups";
    keep(create);
  } else if (v2) {
    v2::SendMessageRequest send;
    send.mutable_chat_id()->set_phone_number(number);
    send.set_text(text);
    cell.prefix = absl::StrCat("/v2/api/chats/%2B", number.substr(1), "/");
    keep(send);
  } else {
    v4::SendChatMessageRequest send;
    send.set_chat_id(sandbox.AddChat("ch_blooio_1", number));
    send.mutable_content()->mutable_text()->set_text(text);
    cell.prefix = absl::StrCat("/v4/chats/", send.chat_id(), "/");
    keep(send);
  }
  return cell;
}

std::shared_ptr<google::protobuf::Message> WithKey(const Cell& cell, const std::string& key) {
  std::shared_ptr<google::protobuf::Message> request(cell.request->New());
  request->CopyFrom(*cell.request);
  request->GetReflection()->SetString(request.get(),
                                      request->GetDescriptor()->FindFieldByName("idempotency_key"), key);
  return request;
}

Seen::Seen(const SandboxServer& sandbox)
    : requests(sandbox.Requests()), messages(sandbox.ShowMessages()), groups(sandbox.ShowGroups()) {}

int Seen::Requests(const Cell& cell) const {
  return static_cast<int>(std::ranges::count_if(requests, [&cell](const Recorded& request) {
    return cell.kind.read ? request.target == cell.mark : absl::StrContains(request.body, cell.mark);
  }));
}

int Seen::Executions(const Cell& cell) const {
  const auto count = [&cell](const Json& things, const char* member) {
    return std::ranges::count_if(things, [&cell, member](const Json& thing) {
      return thing[member].is_string() && absl::StartsWith(thing[member].get<std::string>(), cell.mark);
    });
  };
  return static_cast<int>(cell.kind.create ? count(groups, "name") : count(messages, "text"));
}

}  // namespace blooio::integration
