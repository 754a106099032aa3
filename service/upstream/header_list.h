// The request headers of one call, in the shape libcurl wants.
//
// libcurl reads a curl_slist in place and never copies it, so the nodes point
// into one buffer of ours instead of the many that curl_slist_append would
// allocate: nothing to allocate once warm, and one place to wipe, since an
// Authorization line stands in it.
//
//   HeaderList list;
//   list.Reserve(lines, bytes);                   // enough for what follows
//   if (!list.AddLine("Accept: application/json") || !list.Add("X-Order", order)) ...
//   curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.nodes());
//   ...                                           // transfer over, handle out of the multi
//   list.Clear();
//
// Owned and used by one thread.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace blooio::gateway {

class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { Clear(); }

  // Makes room for `lines` headers, those to Add of `bytes` characters in names and values.
  // The list must be empty: what it holds may never move, nor leave a copy behind.
  void Reserve(size_t lines, size_t bytes);

  // Appends a header; an empty value is sent as such. False, and nothing added,
  // when the name is not a token, the value is not visible ASCII (blanks
  // between words apart), or the room reserved does not suffice.
  bool Add(std::string_view name, std::string_view value) { return Add(name, "", value); }
  // The same with a value in two parts, so that no caller has to join a secret.
  bool Add(std::string_view name, std::string_view prefix, std::string_view value);

  // Appends a whole line of this program, in the words of libcurl: "Accept: text/plain", or
  // "Expect:" to keep it from adding that header. False when there is no room. `line` outlives
  // the list's use.
  bool AddLine(const char* line);

  // Head of the list, null if empty; valid until the next Add, AddLine or Clear.
  curl_slist* nodes();

  // Empties the list and overwrites its text.
  void Clear();

 private:
  std::string text_;
  std::vector<curl_slist> nodes_;
};

}  // namespace blooio::gateway
