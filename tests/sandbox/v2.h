// The v2 operations. Errors have the v2 shapes; a field that the page does not
// know, or of another type, is 400.
//
// Threads: one at a time.
#pragma once

#include "tests/sandbox/api.h"

namespace blooio::sandbox {

// POST /v2/api/groups: 201 with the flat group; 409 for a known chat_guid, or
// without chat_guid for a known set of people.
HttpResponse CreateGroupV2(const Call& call);

// POST /v2/api/chats/{chatId}/messages: 202; 200 with the original answer for a
// known Idempotency-Key, whatever the body says.
HttpResponse SendMessageV2(const Call& call);

}  // namespace blooio::sandbox
