// One HTTP/1.1 request to a server of the test, for the sandbox's control API.
#pragma once

#include <string>

namespace blooio::integration {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// `address` is "127.0.0.1:port". Throws when there is no answer within 30 s.
HttpAnswer Fetch(const std::string& verb, const std::string& address, const std::string& target,
                 const std::string& body = "");

}  // namespace blooio::integration
