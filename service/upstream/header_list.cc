#include "service/upstream/header_list.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace blooio::gateway {
namespace {

// Separator and terminator of a line.
constexpr size_t kOverhead = 3;

bool IsToken(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool IsValue(std::string_view value) {
  if (value.empty()) return true;
  return value.front() != ' ' && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](char c) { return absl::ascii_isprint(c); });
}

}  // namespace

void HeaderList::Reserve(size_t lines, size_t bytes) {
  nodes_.reserve(lines);
  text_.reserve(bytes + lines * kOverhead);
}

bool HeaderList::Add(std::string_view name, std::string_view prefix, std::string_view value) {
  if (!IsValue(value)) return false;
  // To libcurl "Name:" means "leave it out" and "Name;" means "send it empty".
  const bool empty = prefix.empty() && value.empty();
  return Append(name, empty ? ";" : ": ", prefix, value);
}

bool HeaderList::Suppress(std::string_view name) { return Append(name, ":", "", ""); }

bool HeaderList::Append(std::string_view name, std::string_view separator, std::string_view prefix,
                        std::string_view value) {
  const size_t size = name.size() + separator.size() + prefix.size() + value.size() + 1;
  if (!IsToken(name) || nodes_.size() == nodes_.capacity() || size > text_.capacity() - text_.size()) {
    return false;
  }
  char* line = text_.data() + text_.size();
  text_.append(name).append(separator).append(prefix).append(value).push_back('\0');
  nodes_.push_back({.data = line, .next = nullptr});
  return true;
}

curl_slist* HeaderList::nodes() {
  if (nodes_.empty()) return nullptr;
  for (size_t i = 1; i < nodes_.size(); ++i) nodes_[i - 1].next = &nodes_[i];
  return nodes_.data();
}

void HeaderList::Clear() {
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
  nodes_.clear();
}

}  // namespace blooio::gateway
