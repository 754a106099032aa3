#include "service/upstream/key_mask.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

struct Row {
  std::string text;
  std::string masked;
};

TEST(KeyMask, FindsTheKeyHoweverItIsSpelled) {
  const std::string key = R"(bl_live/S"C+KEY<1>=)";
  const Row rows[] = {
      {"", ""},
      {"nothing of it", "nothing of it"},
      {R"(key bl_live/S"C+KEY<1>= is bad)", "key *** is bad"},
      {R"({"error":"bl_live\/S\"C+KEY<1>="})", R"({"error":"***"})"},
      {R"(bl_live/S\u0022C\u002bKEY\u003C1\u003e=)", "***"},
      {"?key=bl_live%2fS%22C%2BKEY%3C1%3e%3D&x", "?key=***&x"},
      {"?key=bl%255flive%252525%322fS%22C%2BKEY", "?key=bl%255flive%252525%322fS%22C%2BKEY"},
      {"?key=bl%255Flive%25252fS%22C%2BKEY%3C1%3e%3D", "?key=***"},
      {R"(BL_LIVE/S"C+key<1>=)", "***"},
      {R"(bl_live/S"C+KEY<1>=bl_live/S"C+KEY<1>=)", "******"},
      {R"(begins with bl_live/S"C+...)", "begins with ***..."},
      {"bl_live/", "***"},
      {"bl_live", "bl_live"},
      {R"(bbl_live/S"C+KEY<1>=)", "b***"},
      {R"(bl_live/S"C+KEY<1>\)", R"(***\)"},
      {R"(\u006)", R"(\u006)"},
      {"%", "%"},
      {"%zz", "%zz"},
      {"\\", "\\"},
  };
  for (const Row& row : rows) {
    std::string text = row.text;
    MaskKey(key, text);
    EXPECT_EQ(text, row.masked) << row.text;
  }
}

TEST(KeyMask, AShortKeyIsMaskedWhole) {
  std::string text = "k1 k2 K1 k";
  MaskKey("k1", text);
  EXPECT_EQ(text, "*** k2 *** k");
  MaskKey("", text);
  EXPECT_EQ(text, "*** k2 *** k");
}

}  // namespace
}  // namespace blooio::gateway
