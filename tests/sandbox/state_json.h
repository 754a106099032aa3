// What the sandbox holds, as JSON, so that tests can count what was executed.
//
// Threads: one at a time.
#pragma once

#include "tests/sandbox/sandbox.h"

namespace blooio::sandbox {

// {"groups", "chats", "messages", "requests", "connections", "open_connections"}:
// numbers. `messages` and `requests` count forgotten ones too.
Json CountsJson(Sandbox& sandbox);

// {"messages", "total"}: at most `limit` messages with a "number" above `after`, oldest
// first; they are numbered from 1 in the order in which they were executed.
Json MessagesJson(Sandbox& sandbox, uint64_t after, uint64_t limit);

// {"groups", "total"}: the same for the groups of one version, fixtures included.
Json GroupsJson(Sandbox& sandbox, Version version, uint64_t after, uint64_t limit);

// {"counts", "groups", "chats", "messages"}: the same, and everything held.
Json StateJson(Sandbox& sandbox);

}  // namespace blooio::sandbox
