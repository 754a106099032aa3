#include "service/redis/link.h"

#include <sys/un.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "service/base/secret_string.h"

namespace blooio::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;

std::shared_ptr<RedisLink> RedisLink::Open(EventLoop& loop, RedisAddress address, Events events) {
  std::shared_ptr<RedisLink> link(new RedisLink(loop, std::move(address), std::move(events)));
  // Later, so that whoever opens it has it when the first event comes.
  loop.Post([link] { link->Resolve(); });
  return link;
}

RedisLink::RedisLink(EventLoop& loop, RedisAddress address, Events events)
    : address_(std::move(address)),
      events_(std::move(events)),
      resolver_(loop.context()),
      socket_(loop.context()) {}

void RedisLink::Resolve() {
  if (closed_) return;
  if (!address_.unix_path.empty()) {
    if (address_.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Unreachable(asio::error::name_too_long);
    }
    return Connect({asio::local::stream_protocol::endpoint(address_.unix_path)});
  }
  Error error;
  const asio::ip::address numeric = asio::ip::make_address(address_.host, error);
  if (!error) return Connect({tcp::endpoint(numeric, address_.port)});
  // On a thread that Asio has for it.
  resolver_.async_resolve(address_.host, Cat(address_.port),
                          [self = shared_from_this()](const Error& failure, const auto& results) {
                            if (self->closed_) return;
                            if (failure) return self->Unreachable(failure);
                            std::vector<Endpoint> endpoints;
                            for (const auto& result : results) endpoints.emplace_back(result.endpoint());
                            self->Connect(endpoints);
                          });
}

void RedisLink::Connect(const std::vector<Endpoint>& endpoints) {
  asio::async_connect(socket_, endpoints, [self = shared_from_this()](const Error& error, const Endpoint&) {
    if (self->closed_) return;
    if (error) return self->Unreachable(error);
    Error ignored;  // A unix socket has no such option.
    self->socket_.set_option(tcp::no_delay(true), ignored);
    self->Read();
    self->events_.opened();
  });
}

void RedisLink::Read() {
  socket_.async_read_some(
      asio::buffer(received_), [self = shared_from_this()](const Error& error, size_t bytes) {
        if (self->closed_) return;
        if (!error) return self->TakeReplies(bytes);
        const std::string why = error == asio::error::eof ? "closed" : Cat("lost (", error.message(), ")");
        self->End(absl::UnavailableError(Cat("the connection to ", self->address_.Text(), " was ", why)));
      });
}

void RedisLink::TakeReplies(size_t bytes) {
  reader_.Feed({received_.data(), bytes});
  while (!closed_) {
    absl::StatusOr<std::optional<RedisReply>> reply = reader_.Next();
    if (!reply.ok()) {
      return End(
          absl::DataLossError(Cat(address_.Text(), " talks nonsense: ", std::string(reply.status().message()),
                                  "; has redis.address a Redis behind it, without TLS?")));
    }
    if (!reply->has_value()) return Read();
    events_.received(*std::move(*reply));
  }
}

void RedisLink::Send(std::string text) {
  if (closed_) return;
  if (!sending_.empty()) return Append(&unsent_, text);
  sending_ = std::move(text);
  Write();
}

void RedisLink::Write() {
  asio::async_write(socket_, asio::buffer(sending_), [self = shared_from_this()](const Error& error, size_t) {
    Wipe(self->sending_);
    // What broke it is told by reading.
    if (self->closed_ || error) return;
    std::swap(self->sending_, self->unsent_);
    if (!self->sending_.empty()) self->Write();
  });
}

void RedisLink::Unreachable(const Error& error) {
  End(absl::UnavailableError(Cat(address_.Text(), " cannot be reached (", error.message(),
                                 "): is it up, and redis.address right?")));
}

void RedisLink::End(absl::Status why) {
  Close();
  events_.ended(std::move(why));
}

void RedisLink::Close() {
  closed_ = true;
  resolver_.cancel();
  Error ignored;
  socket_.close(ignored);
}

}  // namespace blooio::gateway
