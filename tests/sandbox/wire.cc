#include "tests/sandbox/wire.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

std::string_view ReasonPhrase(int status) {
  static constexpr std::pair<int, std::string_view> kPhrases[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {413, "Payload Too Large"},
      {422, "Unprocessable Entity"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  const auto found = std::ranges::find(kPhrases, status, &std::pair<int, std::string_view>::first);
  return found == std::end(kPhrases) ? "Status" : found->second;
}

}  // namespace

std::string ResponseHead(const HttpResponse& response, bool keep_alive) {
  std::string head = Concat({"HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\n"});
  for (const Header& header : response.headers) {
    if (EqualsIgnoreCase(header.name, "Connection")) continue;
    head += Concat({header.name, ": ", header.value, "\r\n"});
  }
  if (response.status != 204 && response.status != 304) {
    head += Concat({"Content-Length: ", response.body.size(), "\r\n"});
  }
  if (!keep_alive) head += "Connection: close\r\n";
  return head + "\r\n";
}

bool AsksToClose(const HttpResponse& response) {
  const auto values = HeaderValues(response.headers, "Connection");
  return std::ranges::any_of(values, [](std::string_view value) { return EqualsIgnoreCase(value, "close"); });
}

}  // namespace blooio::sandbox
