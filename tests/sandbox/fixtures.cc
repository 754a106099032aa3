#include "tests/sandbox/fixtures.h"

#include <algorithm>

namespace blooio::sandbox {
namespace {

constexpr Channel kChannels[] = {
    {"ch_blooio_1", "blooio", true},
    {"ch_whatsapp_1", "whatsapp", true},
    {"ch_twilio_1", "twilio", false},
};

constexpr ChatFixture kChats[] = {
    {"chat_demo_1", "ch_blooio_1", "+15551230001", ChatBehaviour::kDelivers},
    {"chat_whatsapp_1", "ch_whatsapp_1", "+15551230002", ChatBehaviour::kDelivers},
    {"chat_failing_1", "ch_blooio_1", "+15551230003", ChatBehaviour::kFails},
    {"chat_closed_1", "ch_blooio_1", "+15551230004", ChatBehaviour::kClosed},
    {"chat_inactive_1", "ch_twilio_1", "+15551230005", ChatBehaviour::kChannelInactive},
    {"chat_unbuilt_1", "ch_blooio_1", "+15551230006", ChatBehaviour::kNotImplemented},
};

constexpr RecipientFixture kRecipients[] = {
    {"+15550000202", 202, "", "", "{}"},
    {"+15550000400", 400, "attachment_first_message_not_allowed",
     "The first message of a conversation needs text.", "{}"},
    {"+15550000402", 402, "", "Trial limit reached.", "{}"},
    {"+15550000403", 403, "inbound_only_no_prior_inbound", "This number may only answer.",
     R"({"allocation_id":"alloc_demo1","external_id":"+15550000403"})"},
    {"+15550000429", 429, "outbound_limit_reached", "Outbound limit reached.",
     R"({"limit":20,"current":20,"mode":"daily"})"},
    {"+15550000503", 503, "", "No active number is available.", "{}"},
};

constexpr std::string_view kOwnNumbers[] = {"+15550000001", "+15550000002"};

template <typename T, typename Projection>
const T* Find(std::span<const T> items, std::string_view key, Projection projection) {
  const auto found = std::ranges::find(items, key, projection);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Channel> Channels() { return kChannels; }
std::span<const ChatFixture> ChatFixtures() { return kChats; }
std::span<const RecipientFixture> RecipientFixtures() { return kRecipients; }
std::span<const std::string_view> OwnNumbers() { return kOwnNumbers; }

const Channel* FindChannel(std::string_view id) { return Find(Channels(), id, &Channel::id); }

const RecipientFixture* FindRecipientFixture(std::string_view identifier) {
  return Find(RecipientFixtures(), identifier, &RecipientFixture::identifier);
}

}  // namespace blooio::sandbox
