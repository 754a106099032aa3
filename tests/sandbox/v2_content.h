// The body of a v2 send: which fields it may have, and the messages that come
// of it.
//
// Threads: pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/fields.h"

namespace blooio::sandbox {

struct V2Content {
  // The text of each message; empty for files alone.
  std::vector<std::string> messages;
  // The answer has `message_ids`: `text` was an array, or parts have previews.
  bool several = false;
  // The answer has `count`: parts have previews, so each is a message.
  bool batch = false;
  // The body's own choice of sender, unchecked.
  std::optional<std::string> from_number;
  // At most one of them is set.
  std::optional<std::string> reply_to_id;
  std::optional<std::string> reply_to_guid;
};

// Fills `content`, or says what is wrong.
std::optional<Violation> ReadV2Content(const Json& body, V2Content& content);

}  // namespace blooio::sandbox
