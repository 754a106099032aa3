#include "service/upstream/header_list.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "service/base/eight_bytes.h"

namespace blooio::gateway {
namespace {

// Separator and terminator of a line.
constexpr size_t kOverhead = 3;

constexpr std::string_view kTokenCharacters =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr auto kMayBeInToken = [] {
  std::array<bool, 256> known{};
  for (const char c : kTokenCharacters) known[static_cast<unsigned char>(c)] = true;
  return known;
}();

bool IsToken(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return kMayBeInToken[c]; });
}

bool IsValue(std::string_view value) {
  if (value.empty()) return true;
  if (value.front() == ' ' || value.back() == ' ') return false;
  for (; !value.empty(); value.remove_prefix(std::min(sizeof(uint64_t), value.size()))) {
    const uint64_t word = EightBytes(value, ' ');
    if (AnyBelow(word, ' ') || AnyFrom(word, 0x7F)) return false;
  }
  return true;
}

}  // namespace

void HeaderList::Reserve(size_t lines, size_t bytes) {
  nodes_.reserve(lines);
  text_.reserve(bytes + lines * kOverhead);
}

bool HeaderList::Add(std::string_view name, std::string_view prefix, std::string_view value) {
  // To libcurl "Name:" means "leave it out" and "Name;" means "send it empty".
  const std::string_view separator = prefix.empty() && value.empty() ? ";" : ": ";
  const size_t size = name.size() + separator.size() + prefix.size() + value.size() + 1;
  if (!IsToken(name) || !IsValue(value) || size > text_.capacity() - text_.size()) return false;
  char* line = text_.data() + text_.size();
  if (!AddLine(line)) return false;
  text_.append(name).append(separator).append(prefix).append(value).push_back('\0');
  return true;
}

bool HeaderList::AddLine(const char* line) {
  if (nodes_.size() == nodes_.capacity()) return false;
  nodes_.push_back({.data = const_cast<char*>(line), .next = nullptr});  // libcurl only reads it.
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
