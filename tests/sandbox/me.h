// GET /me of both versions: whose key it is and which numbers go with it. The
// cheapest way to ask whether a key is accepted. The pages name what it tells, not
// how; the shapes are this sandbox's.
//
// Threads: one at a time.
#pragma once

#include "tests/sandbox/api.h"

namespace blooio::sandbox {

// GET /v2/api/me: 200, flat.
HttpResponse GetMeV2(const Call& call);

// GET /v4/me: 200 {"data": …}.
HttpResponse GetMeV4(const Call& call);

}  // namespace blooio::sandbox
