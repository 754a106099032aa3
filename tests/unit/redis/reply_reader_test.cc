#include "service/redis/reply_reader.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "service/base/text.h"

namespace blooio::gateway {
namespace {

using testing::ElementsAre;

std::string Show(const RedisReply& reply) {
  if (reply.integer() != nullptr) return Cat(*reply.integer());
  if (reply.string() != nullptr) return Cat("'", *reply.string(), "'");
  if (reply.error() != nullptr) return Cat("error '", reply.error()->text, "'");
  if (reply.nil()) return "nil";
  std::string text = "[";
  for (const RedisReply& element : *reply.array()) Append(&text, text == "[" ? "" : " ", Show(element));
  return Cat(text, "]");
}

// All replies, and "nonsense" if it ends in that.
std::vector<std::string> Read(ReplyReader& reader) {
  std::vector<std::string> shown;
  while (true) {
    const absl::StatusOr<std::optional<RedisReply>> reply = reader.Next();
    if (!reply.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(reply.status()));
      shown.push_back("nonsense");
    }
    if (!reply.ok() || !reply->has_value()) return shown;
    shown.push_back(Show(**reply));
  }
}

TEST(ReplyReader, ReadsEveryKindHoweverItIsCut) {
  const std::string text =
      "+OK\r\n:-42\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n-OOM full\r\n"
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n-ERR y\r\n$-1\r\n:9223372036854775807\r\n";
  const auto expected = ElementsAre("'OK'", "-42", "'a\r\nb'", "nil", "nil", "[]", "''", "error 'OOM full'",
                                    "[1 ['x' error 'ERR y'] nil]", "9223372036854775807");
  for (size_t piece : {size_t{1}, size_t{2}, size_t{7}, text.size()}) {
    ReplyReader reader;
    std::vector<std::string> shown;
    for (size_t at = 0; at < text.size(); at += piece) {
      reader.Feed(std::string_view(text).substr(at, piece));
      for (std::string& reply : Read(reader)) shown.push_back(std::move(reply));
    }
    EXPECT_THAT(shown, expected) << "in pieces of " << piece;
  }
}

TEST(ReplyReader, RefusesNonsense) {
  std::string deep;
  for (int i = 0; i <= ReplyReader::kDeepest; ++i) deep += "*1\r\n";
  struct Row {
    const char* what;
    std::string bytes;
  };
  const std::vector<Row> rows = {
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"},
      {"TLS alert", std::string("\x15\x03\x01\x00\x02\x02\x28", 7)},
      {"no number", ":x\r\n"},
      {"beyond 64 bits", ":92233720368547758089\r\n"},
      {"negative length", "$-2\r\n"},
      {"endless array", "*1000000000\r\n"},
      {"more elements than there may be", Cat("*", ReplyReader::kMostElements + 1, "\r\n")},
      {"the same in parts", Cat("*2\r\n*", ReplyReader::kMostElements, "\r\n")},
      {"too deep", deep + ":1\r\n"},
      {"nonsense within an array", "*2\r\n:1\r\n!\r\n"},
  };
  for (const Row& row : rows) {
    ReplyReader reader;
    reader.Feed(row.bytes);
    EXPECT_THAT(Read(reader), ElementsAre("nonsense")) << row.what;
    // For ever.
    reader.Feed(":1\r\n");
    EXPECT_THAT(Read(reader), ElementsAre("nonsense")) << row.what;
  }
}

TEST(ReplyReader, ReadsAsManyElementsAsThereMayBe) {
  ReplyReader reader;
  for (int time = 0; time < 2; ++time) {
    std::string text = Cat("*", ReplyReader::kMostElements, "\r\n");
    for (size_t i = 0; i < ReplyReader::kMostElements; ++i) text += ":1\r\n";
    reader.Feed(text);
    EXPECT_THAT(Read(reader), ElementsAre(testing::StartsWith("[1 1 ")));
  }
}

TEST(ReplyReader, HoldsNoMoreThanOneReplyMayHave) {
  const std::string chunk(1 << 14, 'x');
  ReplyReader reader;
  reader.Feed("$1000000000\r\n");
  size_t fed = 0;
  while (Read(reader).empty()) {
    reader.Feed(chunk);
    fed += chunk.size();
    ASSERT_LE(fed, ReplyReader::kMostBytes + chunk.size());
  }
  EXPECT_GT(fed, ReplyReader::kMostBytes / 2);
  // Not: no more than that altogether.
  ReplyReader other;
  for (size_t sum = 0; sum < 3 * ReplyReader::kMostBytes; sum += chunk.size()) {
    other.Feed(Cat("$", chunk.size(), "\r\n", chunk, "\r\n"));
    ASSERT_THAT(Read(other), ElementsAre(testing::StartsWith("'xx")));
  }
}

TEST(ReplyReader, MayEndInTheMiddle) {
  ReplyReader reader;
  reader.Feed("*3\r\n$5\r\nhello\r\n*1\r\n:1\r\n$10\r\nhal");
  EXPECT_THAT(Read(reader), ElementsAre());
}

}  // namespace
}  // namespace blooio::gateway
