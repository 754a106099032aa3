// One connection: reads requests with Beast's parser, lets the sandbox answer,
// and writes the answer the way its Delivery says.
//
// Responses are put into bytes here rather than by Beast, because faults need to
// stop at an exact byte. Requests are taken one after the other, so pipelined
// ones are answered in their order.
//
// Threads: everything runs on the thread of the socket's executor.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <map>

#include "tests/sandbox/sandbox.h"

namespace blooio::sandbox {

// Body of a request, at most; more is 413.
inline constexpr uint64_t kMaxRequestBody = uint64_t{16} << 20;
// Request line and headers, at most; more is 431.
inline constexpr uint32_t kMaxRequestHeader = 64 << 10;

// What cuts each open connection, as the end of its server would.
using Cuts = std::map<const void*, std::function<void()>>;

// Serves the connection until either side ends it. Returns at once; the sandbox
// and the cuts have to outlive the executor's work.
void ServePlain(boost::asio::ip::tcp::socket socket, Sandbox& sandbox, Cuts& cuts);

// The same after a TLS handshake. The context has to outlive the connection.
void ServeTls(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context, Sandbox& sandbox,
              Cuts& cuts);

}  // namespace blooio::sandbox
