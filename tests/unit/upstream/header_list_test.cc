#include "service/upstream/header_list.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

std::vector<std::string> Lines(HeaderList& list) {
  std::vector<std::string> lines;
  for (const curl_slist* node = list.nodes(); node != nullptr; node = node->next) lines.push_back(node->data);
  return lines;
}

TEST(HeaderList, HoldsWhatWasAdded) {
  HeaderList list;
  EXPECT_EQ(list.nodes(), nullptr);
  list.Reserve(4, 100);
  EXPECT_TRUE(list.AddLine("Accept: application/json"));
  EXPECT_TRUE(list.Add("X-Empty", ""));
  EXPECT_TRUE(list.AddLine("Expect:"));
  EXPECT_TRUE(list.Add("Authorization", "Bearer ", "secret"));
  EXPECT_EQ(Lines(list), (std::vector<std::string>{"Accept: application/json", "X-Empty;",
                                                   "Expect:", "Authorization: Bearer secret"}));
  list.Clear();
  EXPECT_EQ(list.nodes(), nullptr);
}

TEST(HeaderList, RefusesWhatCouldBreakOutOfItsLine) {
  HeaderList list;
  list.Reserve(10, 1000);
  for (const char* value : {"a\r", "a\nb", "\t", "a\x1f", "\x7f", "\x80", " a", "a "}) {
    EXPECT_FALSE(list.Add("A", value)) << value;
  }
  EXPECT_FALSE(list.Add("A", std::string_view("a\0b", 3)));
  for (const char* name : {"", "A:", "A B", "A\r\nB", "\xc3\xa9"}) EXPECT_FALSE(list.Add(name, "a")) << name;
  EXPECT_EQ(list.nodes(), nullptr);
}

// Values are looked at eight bytes at a time: what has to be seen may stand anywhere in them.
TEST(HeaderList, SeesEveryPlace) {
  for (const char bad : {'\r', '\n', '\0', '\x1f', '\x7f', '\x80', '\xff'}) {
    for (size_t before = 0; before < 20; ++before) {
      for (size_t after = 0; after < 20; ++after) {
        std::string value = std::string(before, '~') + bad + std::string(after, '!');
        HeaderList list;
        list.Reserve(2, 100);
        EXPECT_FALSE(list.Add("A", value)) << before << " " << after;
        value[before] = '~';
        EXPECT_TRUE(list.Add("A", value)) << before << " " << after;
      }
    }
  }
}

TEST(HeaderList, NeverGrowsPastItsReserve) {
  HeaderList list;
  list.Reserve(2, 8);
  EXPECT_TRUE(list.Add("A", "b"));
  EXPECT_FALSE(list.Add("A", std::string(1000, 'b')));
  EXPECT_TRUE(list.Add("A", "b"));
  EXPECT_FALSE(list.Add("A", "b"));
  EXPECT_FALSE(list.AddLine("A: b"));
  EXPECT_EQ(Lines(list).size(), 2u);
}

TEST(HeaderList, ClearLeavesNothingReadable) {
  HeaderList list;
  list.Reserve(1, 100);
  ASSERT_TRUE(list.Add("Authorization", "Bearer ", "secret-of-some-length"));
  // The buffer is kept for the next call, so it may be looked at.
  const char* line = list.nodes()->data;
  list.Clear();
  list.Reserve(1, 100);
  ASSERT_TRUE(list.Add("A", "b"));
  EXPECT_EQ(list.nodes()->data, line);
  EXPECT_STREQ(line, "A: b");
  EXPECT_EQ(std::string(line + 5, 20), std::string(20, '\0'));
}

}  // namespace
}  // namespace blooio::gateway
