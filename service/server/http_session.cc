#include "service/server/http_session.h"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

namespace blooio::gateway {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// For all of a connection, so that a trickle does not keep it open.
constexpr std::chrono::seconds kMostTime(5);
constexpr size_t kMostHeaderBytes = 8192;

}  // namespace

void HttpSession::Start() {
  stream_.expires_after(kMostTime);
  request_.header_limit(kMostHeaderBytes);
  http::async_read_header(stream_, buffer_, request_,
                          [self = shared_from_this()](error_code error, size_t) { self->OnRequest(error); });
}

void HttpSession::OnRequest(error_code error) {
  constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
  if (error == http::error::header_limit) return Send({431, kPlainText, "request too large\n"}, true);
  // Of those, only what is not HTTP is worth an answer.
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return Send({400, kPlainText, "bad request\n"}, true);
  }
  if (error) return;
  const http::verb verb = request_.get().method();
  if (verb != http::verb::get && verb != http::verb::head) {
    return Send({405, kPlainText, "only GET and HEAD\n"}, true);
  }
  const auto target = request_.get().target();
  const std::string_view path = std::string_view(target.data(), target.size());
  Send(answer_(path.substr(0, path.find('?'))), verb == http::verb::get);
}

void HttpSession::Send(HttpAnswer answer, bool with_body) {
  response_.result(answer.status);
  response_.set(http::field::content_type, {answer.content_type.data(), answer.content_type.size()});
  response_.set(http::field::cache_control, "no-store");
  if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
  response_.keep_alive(false);
  response_.content_length(answer.body.size());
  if (with_body) response_.body() = std::move(answer.body);
  http::async_write(stream_, response_, [self = shared_from_this()](error_code, size_t) {
    error_code ignored;
    self->stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  });
}

}  // namespace blooio::gateway
