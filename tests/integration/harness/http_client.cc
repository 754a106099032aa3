#include "tests/integration/harness/http_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <limits>

namespace blooio::integration {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

HttpAnswer Fetch(const std::string& verb, const std::string& address, const std::string& target,
                 const std::string& body) {
  const size_t colon = address.rfind(':');
  asio::io_context context;
  // The stream's time limit holds for its asynchronous operations only.
  beast::tcp_stream stream(context);
  const auto wait = [&](beast::error_code& error) {
    context.restart();
    context.run();
    if (error) throw beast::system_error(error);
  };
  stream.expires_after(std::chrono::seconds(30));
  beast::error_code error;
  const auto keep = [&error](beast::error_code code, auto&&...) { error = code; };
  stream.async_connect({asio::ip::make_address(address.substr(0, colon)),
                        static_cast<uint16_t>(std::stoi(address.substr(colon + 1)))},
                       keep);
  wait(error);
  http::request<http::string_body> request(http::string_to_verb(verb), target, 11);
  request.set(http::field::host, address);
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  http::async_write(stream, request, keep);
  wait(error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<uint64_t>::max());
  http::async_read(stream, buffer, parser, keep);
  wait(error);
  return {static_cast<int>(parser.get().result_int()), parser.get().body()};
}

}  // namespace blooio::integration
