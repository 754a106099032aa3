// Owners of what libcurl hands out as bare handles.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace blooio::gateway {

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlMultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// An easy handle must be destroyed, or removed, before the multi handle it is in.
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;
using CurlMulti = std::unique_ptr<CURLM, CurlMultiDeleter>;

}  // namespace blooio::gateway
