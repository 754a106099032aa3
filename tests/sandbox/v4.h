// The v4 operations, dialect S (`content` object). Malformed is 400, a field
// that is missing, of another type or unknown is 422, both with a nested error.
//
// Threads: one at a time.
#pragma once

#include "tests/sandbox/api.h"

namespace blooio::sandbox {

// POST /v4/groups: 201 {"data": Group}. Never 409: the page knows none, so a
// blind repeat makes a second group.
HttpResponse CreateGroupV4(const Call& call);

// GET /v4/groups: 200 {"data", "has_more", "next_cursor"}, oldest group first.
HttpResponse ListGroupsV4(const Call& call);

// GET /v4/groups/{id}: 200 {"data": Group}, 404.
HttpResponse GetGroupV4(const Call& call);

// POST /v4/chats/{chatId}/messages: 201 with the bare message, 200 for a dry
// run, 404, 409, 422, 501.
HttpResponse SendChatMessageV4(const Call& call);

}  // namespace blooio::sandbox
