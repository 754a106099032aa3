#include "service/redis/command.h"

#include <vector>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

// More than a number and two line ends take.
constexpr size_t kAroundWord = 32;

}  // namespace

std::string CommandText(std::span<const std::string_view> words) {
  size_t size = kAroundWord;
  for (std::string_view word : words) size += word.size() + kAroundWord;
  std::string text;
  text.reserve(size);  // A text that grows would leave copies behind.
  Append(&text, "*", words.size(), "\r\n");
  for (std::string_view word : words) Append(&text, "$", word.size(), "\r\n", word, "\r\n");
  return text;
}

std::string CommandText(const ScriptCall& call, By by) {
  const std::string key_count = Cat(call.keys.size());
  std::vector<std::string_view> words;
  words.reserve(3 + call.keys.size() + call.arguments.size());
  words.push_back(by == By::kSha1 ? "EVALSHA" : "EVAL");
  words.push_back(by == By::kSha1 ? call.script->sha1 : call.script->text);
  words.push_back(key_count);
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  return CommandText(words);
}

}  // namespace blooio::gateway
