#include "tests/sandbox/session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
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

// Kept alive by whichever handler is pending; gone when there is none.
template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, Sandbox& sandbox, Cuts& cuts)
      : stream_(std::move(stream)),
        sandbox_(sandbox),
        cuts_(cuts),
        connection_(sandbox.ConnectionOpened()),
        timer_(stream_.get_executor()) {
    cuts_.emplace(this, [this] { Close(/*reset=*/false); });
  }
  ~Session() {
    cuts_.erase(this);
    sandbox_.ConnectionClosed();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start() {
    if constexpr (kTls) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              Then([](Session& session, const error_code& error) {
                                if (!error) session.ReadHeader();
                              }));
    } else {
      ReadHeader();
    }
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  // A handler that keeps the session alive until it has run.
  template <typename Step>
  auto Then(Step step) {
    return
        [self = this->shared_from_this(), step](const error_code& error, auto&&...) { step(*self, error); };
  }

  void ReadHeader() {
    parser_.emplace();
    parser_->header_limit(kMaxRequestHeader);
    parser_->body_limit(kMaxRequestBody);
    http::async_read_header(stream_, buffer_, *parser_, Then([](Session& session, const error_code& error) {
                              if (error) return session.Refuse(error);
                              session.ReadBody();
                            }));
  }

  void ReadBody() {
    if (EqualsIgnoreCase(View(parser_->get()[http::field::expect]), "100-continue")) {
      // The client waits for this before it sends its body. Reading meets the
      // same error if this cannot be written.
      asio::async_write(stream_, asio::buffer(kContinue),
                        Then([](Session& session, const error_code&) { session.ReadRest(); }));
    } else {
      ReadRest();
    }
  }

  void ReadRest() {
    http::async_read(stream_, buffer_, *parser_, Then([](Session& session, const error_code& error) {
                       if (error) return session.Refuse(error);
                       session.Serve();
                     }));
  }

  void Serve() {
    keep_alive_ = parser_->keep_alive();
    const bool head_only = parser_->get().method() == http::verb::head;
    answer_ = sandbox_.Handle(ToRequest(*parser_, connection_));
    if (answer_.delivery.hang) return DrainUntilClosed();
    keep_alive_ = keep_alive_ && !AsksToClose(answer_.response);
    begin_ = ResponseHead(answer_.response, keep_alive_);
    rest_ = head_only ? std::string_view() : std::string_view(answer_.response.body);
    After(answer_.delivery.delay_before, [](Session& session) { session.WriteBegin(); });
  }

  // The headers, and of the body what goes out with them: all or half of it.
  void WriteBegin() {
    const Delivery& delivery = answer_.delivery;
    if (delivery.cut == Cut::kBefore) return Close(delivery.reset);
    sandbox_.Answered(answer_.journal_number, answer_.response.status);
    size_t first = rest_.size();
    if (delivery.cut == Cut::kMiddle || delivery.delay_middle.count() > 0) first = rest_.size() / 2;
    if (delivery.cut == Cut::kHeaders) first = 0;
    // One write, so that a small answer is one TLS record and one segment.
    begin_ += rest_.substr(0, first);
    rest_.remove_prefix(first);
    asio::async_write(stream_, asio::buffer(begin_), Then([](Session& session, const error_code& error) {
                        if (error) return;
                        session.After(session.answer_.delivery.delay_middle,
                                      [](Session& waited) { waited.WriteRest(); });
                      }));
  }

  void WriteRest() {
    if (answer_.delivery.cut == Cut::kHeaders) return Close(/*reset=*/true);
    if (answer_.delivery.cut == Cut::kMiddle) return Close(answer_.delivery.reset);
    if (rest_.empty()) return Finish();
    asio::async_write(stream_, asio::buffer(rest_), Then([](Session& session, const error_code& error) {
                        if (!error) session.Finish();
                      }));
  }

  void Finish() {
    if (keep_alive_) return ReadHeader();
    CloseGracefully();
  }

  // Answers what could not be read, if there is anything to answer.
  void Refuse(const error_code& error) {
    const std::optional<HttpResponse> refusal = RefusalOf(error);
    if (!refusal) return;
    if (parser_->is_header_done()) {
      HttpRequest request = ToRequest(*parser_, connection_);
      request.body.clear();
      sandbox_.Refused(request, refusal->status);
    }
    begin_ = ResponseHead(*refusal, /*keep_alive=*/false) + refusal->body;
    asio::async_write(stream_, asio::buffer(begin_), Then([](Session& session, const error_code& failed) {
                        if (!failed) session.CloseGracefully();
                      }));
  }

  // Runs the step at once or after a while.
  template <typename Step>
  void After(std::chrono::milliseconds time, Step step) {
    if (time.count() == 0) return step(*this);
    timer_.expires_after(time);
    timer_.async_wait(Then([step](Session& session, const error_code&) { step(session); }));
  }

  // Closes without a word, with a FIN or a reset. For TLS also without its
  // close_notify: that is what a truncated answer looks like.
  void Close(bool reset) {
    error_code ignored;
    if (reset) socket().set_option(asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }

  // Ends our side, then takes what the peer still sends, for a while: closing
  // with unread data would reset the connection and lose the answer.
  void CloseGracefully() {
    timer_.expires_after(kLinger);
    timer_.async_wait([session = this->weak_from_this()](const error_code& error) {
      // Closing rather than cancelling: whatever is tried next fails as well.
      if (const auto alive = session.lock(); alive && !error) alive->Close(/*reset=*/false);
    });
    if constexpr (kTls) {
      stream_.async_shutdown(Then([](Session& session, const error_code&) { session.EndAndDrain(); }));
    } else {
      EndAndDrain();
    }
  }

  void EndAndDrain() {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    DrainUntilClosed();
  }

  void DrainUntilClosed() {
    socket().async_read_some(asio::buffer(drained_), Then([](Session& session, const error_code& error) {
                               if (!error) session.DrainUntilClosed();
                             }));
  }

  Stream stream_;
  Sandbox& sandbox_;
  Cuts& cuts_;
  const uint64_t connection_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::array<char, 512> drained_;
  // Of the request that is being served.
  std::optional<Parser> parser_;
  Answer answer_;
  bool keep_alive_ = false;
  std::string begin_;
  // What is left of the body, in answer_.
  std::string_view rest_;
};

}  // namespace

void ServePlain(tcp::socket socket, Sandbox& sandbox, Cuts& cuts) {
  std::make_shared<Session<PlainStream>>(std::move(socket), sandbox, cuts)->Start();
}

void ServeTls(tcp::socket socket, asio::ssl::context& context, Sandbox& sandbox, Cuts& cuts) {
  std::make_shared<Session<TlsStream>>(TlsStream(std::move(socket), context), sandbox, cuts)->Start();
}

}  // namespace blooio::sandbox
