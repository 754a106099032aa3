// What the sandbox holds, as JSON, so that tests can count what was executed.
//
// Threads: one at a time.
#pragma once

#include "tests/sandbox/sandbox.h"

namespace blooio::sandbox {

// {"groups", "chats", "messages", "requests", "connections", "open_connections"}:
// numbers. `messages` and `requests` count forgotten ones too.
Json CountsJson(Sandbox& sandbox);

// {"counts", "groups", "chats", "messages"}: the same, and everything held.
Json StateJson(Sandbox& sandbox);

}  // namespace blooio::sandbox
