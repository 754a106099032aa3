// The sockets under one loop's connections, found again by their two ends: to look at one, and
// to cork it, before a request is sent on it.
//
// libcurl 7.88 takes an idle HTTP/1.1 connection for usable although bytes that
// nobody asked for wait on it: a second answer, or the 408 of a load balancer
// that then closes. The next call, perhaps another caller's, would read them as
// its own answer. So the socket is looked at just before a request is sent on a
// connection that was used before. libcurl does not tell which socket that is
// (CURLINFO_ACTIVESOCKET is not known yet), but both ends of the connection.
//
// One for each loop, used by its thread; must outlive its multi handle.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/upstream/corks.h"
#include "service/upstream/socket_watch.h"

namespace blooio::gateway {

// Any thread may read it.
struct ConnectionCounts {
  std::atomic<uint64_t> opened = 0;
  std::atomic<uint64_t> closed = 0;
};

class Sockets {
 public:
  // Tells both, which outlive it, of each.
  Sockets(SocketWatch& watch, Corks& corks) : watch_(watch), corks_(corks) {}
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  // For CURLOPT_OPENSOCKETFUNCTION and CURLOPT_CLOSESOCKETFUNCTION.
  static curl_socket_t Open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int Close(void* self, curl_socket_t socket);

  // A request is about to be sent: to be called once before each, from CURLOPT_PREREQFUNCTION
  // with what that is given. False: none may be sent on this connection, which is used for
  // HTTP/1.1, was used before, and something waits to be read on it, its end included, or it is
  // not known here. The session tickets that a TLS server sends at once are no reason. Else its
  // socket, if known, is corked.
  bool Take(CURL* easy, std::string_view peer, int peer_port, std::string_view local, int local_port);

  // The connection that `easy` is about to send on speaks HTTP/2.
  static bool SpeakHttp2(CURL* easy);

  // Sockets made and closed so far.
  const ConnectionCounts& counts() const { return counts_; }

 private:
  void Forget(int socket);
  // The connection that is asked for, from unused_ to used_; -1: it is not there.
  int TakeUnused(std::string_view peer_end, std::string_view local_end);

  SocketWatch& watch_;
  Corks& corks_;
  ConnectionCounts counts_;

  // With their peers: those on which no request was sent yet.
  std::vector<std::pair<int, std::string>> unused_;
  // By both ends, and the other way round.
  absl::flat_hash_map<std::string, int> used_;
  absl::flat_hash_map<int, std::string> ends_;
  // Both ends of the connection that is asked for; its memory is kept.
  std::string asked_;
};

}  // namespace blooio::gateway
