#include "tests/sandbox/http_message.h"

#include "tests/sandbox/text.h"

namespace blooio::sandbox {

std::vector<std::string_view> HeaderValues(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Header& header : headers) {
    if (EqualsIgnoreCase(header.name, name)) values.push_back(header.value);
  }
  return values;
}

bool HasJsonContentType(const HttpRequest& request) {
  const auto values = HeaderValues(request.headers, "Content-Type");
  if (values.size() != 1) return false;
  const std::string_view media_type = values[0].substr(0, values[0].find(';'));
  return EqualsIgnoreCase(StripBlanks(media_type), "application/json");
}

HttpResponse JsonResponse(int status, const Json& body) {
  return {status, {{"Content-Type", "application/json"}}, Dump(body)};
}

HttpResponse HtmlResponse(int status, std::string_view title) {
  return {status,
          {{"Content-Type", "text/html; charset=utf-8"}},
          Concat({"<html><head><title>", status, " ", title, "</title></head><body><h1>", status, " ", title,
                  "</h1></body></html>\n"})};
}

std::string Dump(const Json& document) {
  return document.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace blooio::sandbox
