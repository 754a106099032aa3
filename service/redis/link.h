// One connection to Redis, from the look-up of its name to its end: bytes out,
// replies in. Never waits, and never comes back once it has ended.
//
//   auto link = RedisLink::Open(loop, address, {.opened = …, .received = …, .ended = …});
//   link->Send(CommandText({"PING"}));
//   …
//   link->Close();
//
// On the loop only.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/base/event_loop.h"
#include "service/redis/address.h"
#include "service/redis/reply_reader.h"

namespace blooio::gateway {

class RedisLink : public std::enable_shared_from_this<RedisLink> {
 public:
  struct Events {
    // Bytes can be sent; at most once.
    std::function<void()> opened;
    std::function<void(RedisReply)> received;
    // It could not be opened, was lost (kUnavailable), or talks nonsense (kDataLoss).
    // The last event.
    std::function<void(absl::Status)> ended;
  };

  static std::shared_ptr<RedisLink> Open(EventLoop& loop, RedisAddress address, Events events);

  // The text is wiped when it was sent: it may hold a password.
  void Send(std::string text);
  // No event comes any more, also when called by one.
  void Close();

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;
  using Error = boost::system::error_code;

  RedisLink(EventLoop& loop, RedisAddress address, Events events);
  void Resolve();
  void Connect(const std::vector<Endpoint>& endpoints);
  void Read();
  void TakeReplies(size_t bytes);
  void Write();
  void Unreachable(const Error& error);
  void End(absl::Status why);

  const RedisAddress address_;
  Events events_;
  boost::asio::ip::tcp::resolver resolver_;
  Socket socket_;
  bool closed_ = false;
  ReplyReader reader_;
  std::array<char, 16384> received_;
  // What is being sent, and what comes after it.
  std::string sending_;
  std::string unsent_;
};

}  // namespace blooio::gateway
