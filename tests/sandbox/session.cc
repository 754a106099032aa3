#include "tests/sandbox/session.h"

// Asio 1.74 uses std::exchange in its coroutines without including it.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/sandbox/text.h"
#include "tests/sandbox/wire.h"

namespace blooio::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using PlainStream = tcp::socket;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;

// How long the peer gets to take what was sent before the socket goes away.
constexpr std::chrono::seconds kLinger{2};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpRequest ToRequest(Parser& parser, uint64_t connection) {
  auto& message = parser.get();
  HttpRequest request;
  request.verb = View(message.method_string());
  request.target = View(message.target());
  for (const auto& field : message) {
    request.headers.push_back({std::string(View(field.name_string())), std::string(View(field.value()))});
  }
  request.body = std::move(message.body());
  request.connection = connection;
  return request;
}

// What the server itself answers to a request that it cannot read; nothing when
// the connection just ended.
std::optional<HttpResponse> RefusalOf(const error_code& error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  if (error == http::error::body_limit) return HtmlResponse(413, "Payload Too Large");
  if (error == http::error::header_limit) return HtmlResponse(431, "Request Header Fields Too Large");
  return HtmlResponse(400, "Bad Request");
}

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, Sandbox& sandbox)
      : stream_(std::move(stream)), sandbox_(sandbox), connection_(sandbox.ConnectionOpened()) {}
  ~Session() { sandbox_.ConnectionClosed(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  awaitable<void> Run() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      error_code error;
      co_await stream_.async_handshake(asio::ssl::stream_base::server, redirect_error(use_awaitable, error));
      if (error) co_return;
    }
    bool more = true;
    while (more) more = co_await ServeOne();
  }

 private:
  tcp::socket& socket() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  // One request and its answer; false when the connection is done.
  awaitable<bool> ServeOne() {
    Parser parser;
    parser.header_limit(kMaxRequestHeader);
    parser.body_limit(kMaxRequestBody);
    error_code error;
    co_await http::async_read_header(stream_, buffer_, parser, redirect_error(use_awaitable, error));
    if (!error && EqualsIgnoreCase(View(parser.get()[http::field::expect]), "100-continue")) {
      co_await Write(kContinue);
    }
    if (!error) co_await http::async_read(stream_, buffer_, parser, redirect_error(use_awaitable, error));
    if (error) {
      co_await Refuse(RefusalOf(error), parser);
      co_return false;
    }
    const bool keep_alive = parser.keep_alive();
    const Answer answer = sandbox_.Handle(ToRequest(parser, connection_));
    co_return co_await Deliver(answer, keep_alive, parser.get().method() == http::verb::head);
  }

  awaitable<void> Refuse(std::optional<HttpResponse> refusal, Parser& parser) {
    if (!refusal) co_return;
    if (parser.is_header_done()) {
      HttpRequest request = ToRequest(parser, connection_);
      request.body.clear();
      sandbox_.Refused(request, refusal->status);
    }
    const std::string bytes = ResponseHead(*refusal, /*keep_alive=*/false) + refusal->body;
    co_await Write(bytes);
    co_await CloseGracefully();
  }

  // True when the connection can take another request.
  awaitable<bool> Deliver(const Answer& answer, bool keep_alive, bool head_only) {
    const Delivery& delivery = answer.delivery;
    if (delivery.hang) {
      co_await DrainUntilClosed();
      co_return false;
    }
    co_await Wait(delivery.delay_before);
    if (delivery.cut == Cut::kBefore) co_return Close(delivery.reset);

    keep_alive = keep_alive && !AsksToClose(answer.response);
    std::string begin = ResponseHead(answer.response, keep_alive);
    const std::string_view body = head_only ? std::string_view() : std::string_view(answer.response.body);
    sandbox_.Answered(answer.journal_number, answer.response.status);
    if (delivery.cut == Cut::kHeaders) {
      co_await Write(begin);
      co_return Close(/*reset=*/true);
    }
    const bool halves = delivery.cut == Cut::kMiddle || delivery.delay_middle.count() > 0;
    const size_t first = halves ? body.size() / 2 : body.size();
    // One write, so that a small answer is one TLS record and one segment.
    begin += body.substr(0, first);
    bool written = co_await Write(begin);
    co_await Wait(delivery.delay_middle);
    if (delivery.cut == Cut::kMiddle) co_return Close(delivery.reset);
    if (written && first < body.size()) written = co_await Write(body.substr(first));
    if (written && !keep_alive) co_await CloseGracefully();
    co_return written&& keep_alive;
  }

  awaitable<bool> Write(std::string_view text) {
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(text), redirect_error(use_awaitable, error));
    co_return !error;
  }

  awaitable<void> Wait(std::chrono::milliseconds time) {
    if (time.count() == 0) co_return;
    asio::steady_timer timer(stream_.get_executor(), time);
    error_code error;
    co_await timer.async_wait(redirect_error(use_awaitable, error));
  }

  // Closes without a word, with a FIN or a reset. For TLS also without its
  // close_notify: that is what a truncated answer looks like.
  bool Close(bool reset) {
    error_code ignored;
    if (reset) socket().set_option(asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
    return false;
  }

  // Ends our side, then takes what the peer still sends, for a while: closing
  // with unread data would reset the connection and lose the answer.
  awaitable<void> CloseGracefully() {
    error_code ignored;
    asio::steady_timer timer(stream_.get_executor(), kLinger);
    timer.async_wait([session = this->weak_from_this()](const error_code& error) {
      // Closing rather than cancelling: whatever is tried next fails as well.
      if (const auto alive = session.lock(); alive && !error) alive->Close(/*reset=*/false);
    });
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      co_await stream_.async_shutdown(redirect_error(use_awaitable, ignored));
    }
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    co_await DrainUntilClosed();
  }

  awaitable<void> DrainUntilClosed() {
    std::array<char, 4096> bytes;
    error_code error;
    while (!error)
      co_await socket().async_read_some(asio::buffer(bytes), redirect_error(use_awaitable, error));
  }

  Stream stream_;
  Sandbox& sandbox_;
  const uint64_t connection_;
  boost::beast::flat_buffer buffer_;
};

template <typename Stream>
awaitable<void> Serve(Stream stream, Sandbox& sandbox) {
  const auto session = std::make_shared<Session<Stream>>(std::move(stream), sandbox);
  co_await session->Run();
}

// Sockets report by error code, so an exception is a defect of the sandbox. Its
// text is not shown, because it might quote a message.
void Finished(std::exception_ptr exception) {
  if (exception) std::cerr << "blooio-sandbox: internal error, a connection was dropped\n";
}

}  // namespace

void ServePlain(tcp::socket socket, Sandbox& sandbox) {
  const auto executor = socket.get_executor();
  asio::co_spawn(executor, Serve(std::move(socket), sandbox), Finished);
}

void ServeTls(tcp::socket socket, asio::ssl::context& context, Sandbox& sandbox) {
  const auto executor = socket.get_executor();
  asio::co_spawn(executor, Serve(TlsStream(std::move(socket), context), sandbox), Finished);
}

}  // namespace blooio::sandbox
