// One connection of the HTTP listener: reads one request, answers, closes. Kept
// alive by its own operations; one thread runs all of them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace blooio::gateway {

struct HttpAnswer {
  unsigned status = 0;
  std::string_view content_type;
  std::string body;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // What a path, without its query, is answered with.
  using Answer = std::function<HttpAnswer(std::string_view path)>;

  HttpSession(boost::asio::ip::tcp::socket socket, Answer answer)
      : stream_(std::move(socket)), answer_(std::move(answer)) {}

  void Start();
  // Ends it at once.
  void Close() { stream_.close(); }

 private:
  void OnRequest(boost::system::error_code error);
  void Send(HttpAnswer answer, bool with_body);

  boost::beast::tcp_stream stream_;
  const Answer answer_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> request_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace blooio::gateway
