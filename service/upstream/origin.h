// Where the calls of one base URL wait until they may look for a connection.
//
// Left to itself libcurl opens a connection for every call that finds no free
// stream, also while another one that could carry a hundred is in its TLS
// handshake: a burst of 300 calls makes 201 HTTP/2 connections. And before a
// host is in its cache, each call that is not waiting makes a resolver thread.
// So few calls at a time are without a connection, and a single one until the
// host was reached for the first time. A call that finds a stream free is past
// this within one turn of the loop.
//
// Used by whoever carries the loop.
#pragma once

#include <list>

namespace blooio::gateway {

class Transfer;

class Origin {
 public:
  // How far a transfer is.
  enum class Stage { kWaiting, kConnecting, kConnected };

  // One more transfer may connect.
  bool HasRoom() const { return connecting_ < (reached_ ? kConnectingAtOnce : 1); }
  void Connecting() { ++connecting_; }
  void Connected() {
    reached_ = true;
    --connecting_;
  }
  void Failed() { --connecting_; }

  // In order of arrival; given to libcurl one after another as there is room.
  std::list<Transfer*> waiting;

 private:
  // Few enough not to waste connections; enough for 256 calls to connect within
  // seconds to a distant upstream that speaks HTTP/1.1 only.
  static constexpr int kConnectingAtOnce = 16;

  int connecting_ = 0;
  bool reached_ = false;
};

}  // namespace blooio::gateway
