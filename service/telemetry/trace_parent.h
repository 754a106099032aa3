// The trace that a call belongs to, as its caller says it in `traceparent`.
// Pure function.
#pragma once

#include <string_view>

namespace blooio::gateway {

// The 32 hex digits of the trace id in a valid traceparent (W3C Trace Context,
// 3.2: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"); "" for
// anything else. Later versions may append to it what this one does not know.
std::string_view TraceId(std::string_view trace_parent);

}  // namespace blooio::gateway
