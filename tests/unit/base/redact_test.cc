#include "service/base/redact.h"

#include <gmock/gmock.h>

#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string DigitsOf(const std::string& text) {
  std::string digits;
  for (char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

TEST(MaskIdentifiers, HidesPhoneNumbersInEverySpelling) {
  for (const std::string& phone : std::vector<std::string>{"+15551234567",
                                                           "15551234567",
                                                           "001 555 123 4567",
                                                           "5551234",
                                                           "+1 555 123 4567",
                                                           "+1-555-123-4567",
                                                           "+1.555.123.4567",
                                                           "+1/555/123/4567",
                                                           "(555) 123-4567",
                                                           "(+1) 555 123-4567",
                                                           "+(1)5551234567",
                                                           "+44 (0)20 7946 0958",
                                                           "[1] 555 1234567",
                                                           "+1_555_123_4567",
                                                           "+ 1 555 123 45 67",
                                                           "tel:+1-555-123-4567",
                                                           "%2B15551234567",
                                                           "%2b1%20555%20123%204567",
                                                           "%28555%29%20123%2D4567",
                                                           "%252B1%2520555%25201234567",
                                                           "%31%35%35%35%31%32%33%34%35%36%37",
                                                           "%2B1+555+123+4567",
                                                           "+1\u00A0555\u00A0123\u00A04567",
                                                           "+1\u2011555\u2011123\u20114567",
                                                           "+1\u2013555\u2013123\u20134567",
                                                           "+1\u2009555\u2009123\u20094567",
                                                           "+1\u200B555\u200B123\u200B4567",
                                                           "+1\u2212555\u22121234567",
                                                           "+1\u3000555\u30001234567",
                                                           "+1\t555\t1234567",
                                                           "+1\u00B7555\u00B71234567",
                                                           "+1\uFEFF5551234567",
                                                           "+1\u00AD5551234567"}) {
    for (const std::string& text :
         {phone, "no chat with " + phone + ", sorry", "{\"to\":\"" + phone + "\"}"}) {
      EXPECT_LE(DigitsOf(MaskIdentifiers(text)).size(), 3u) << text << " became " << MaskIdentifiers(text);
    }
  }
}

TEST(MaskIdentifiers, LeavesFirstAndLastDigits) {
  EXPECT_EQ(MaskIdentifiers("to +15551234567!"), "to +1***67!");
  EXPECT_EQ(MaskIdentifiers("(555) 123-4567 is unknown"), "5***67 is unknown");
  EXPECT_EQ(MaskIdentifiers("+15551234567,+447700900123"), "+1***67,+4***23");
  EXPECT_EQ(MaskIdentifiers("/chats/%2B15551234567%2C%2B447700900123"), "/chats/+1***67,+4***23");
}

TEST(MaskIdentifiers, HidesMailAddressesInEverySpelling) {
  for (const std::string& mail : std::vector<std::string>{
           "john.doe@example.com", "john+tag@example.com", "john%40example.com", "john%2540example.com",
           "j%6Fhn@example.com", "john@@example.com", "\"john\"@example.com", "(john)@example.com",
           "john@[10.0.0.1]", "john@\"example.com\"", "jöhn@exämple.com", "约翰@例子.公司", "john@localhost",
           "john@x@example.com"}) {
    for (const std::string& text :
         {mail, "no contact " + mail + ", sorry", "<" + mail + ">", "a@b.c," + mail}) {
      const std::string masked = MaskIdentifiers(text);
      for (const char* part : {"ohn", "öhn", "约翰", "xample.com", "10.0.0.1", "公司", "localhost"}) {
        // One half alone is no address; both would be.
        if (masked.find(part) != std::string::npos) {
          EXPECT_THAT(masked, Not(testing::ContainsRegex(std::string("[^*]@[^*]")))) << text;
        }
      }
      EXPECT_THAT(masked, HasSubstr("***@***")) << text;
      EXPECT_THAT(masked, Not(HasSubstr(mail)));
    }
  }
}

TEST(MaskIdentifiers, LeavesTheFirstCharacterOfAMailAddress) {
  EXPECT_EQ(MaskIdentifiers("to john.doe@example.com."), "to j***@***");
  EXPECT_EQ(MaskIdentifiers("öhm@x.de"), "ö***@***");
  EXPECT_EQ(MaskIdentifiers("a@b.c,d@e.f"), "a***@***,d***@***");
}

TEST(MaskIdentifiers, LeavesHarmlessTextAlone) {
  for (const std::string& text : std::vector<std::string>{
           "", "chat closed", "limit 200, got 201", "error 123456", "at @ noon", "@handle", "100 %", "%",
           "%4", "%zz", "é%C3%A9", "HTTP 503 after 3 attempts", "(see above)", "+", "((((", "1 + 2 (3)"}) {
    EXPECT_EQ(MaskIdentifiers(text), text);
  }
}

TEST(QuoteForPeople, MakesOneCleanLine) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"  two\r\n\r\nlines\t. ", "two lines ."},
      {"\x1B[31mred\x1B[0m\x07", "[31mred [0m"},
      {std::string("nul\0byte", 8), "nul byte"},
      {"del\x7F", "del"},
      {"c1\u0085next\u009Bline", "c1 next line"},
      {"a \u0085 b", "a b"},
      {"line\u2028sep\u2029para", "line sep para"},
      {"\u202Egnp.exe\u202C \u2066x\u2069", "gnp.exe x"},
      {"zero\u200Bwidth\uFEFF", "zerowidth"},
      {"bad \xFF\xC0 bytes", "bad \uFFFD\uFFFD bytes"},
      {"für 你 😀", "für 你 😀"},
      {"no chat +1\u200B555\n123\u00854567", "no chat +1***67"},
      {"", ""},
      {" \n ", ""},
  };
  for (const auto& [text, line] : rows) EXPECT_EQ(QuoteForPeople(text), line);
}

TEST(QuoteForPeople, IsNoLongerThanAskedAndCutsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "é€😀";
  for (size_t most = 0; most <= 310; ++most) {
    const std::string line = QuoteForPeople(text, most);
    EXPECT_LE(line.size(), most);
    EXPECT_GT(line.size() + 4, most);
    EXPECT_TRUE(IsValidUtf8(line));
  }
  EXPECT_EQ(QuoteForPeople(std::string(1000, 'x')).size(), 300u);
}

TEST(QuoteForPeople, MasksBeforeItCuts) {
  for (size_t lead = 280; lead <= 301; ++lead) {
    const std::string line = QuoteForPeople(std::string(lead, 'x') + " +15551234567 tail");
    EXPECT_LE(DigitsOf(line).size(), 3u) << line;
    EXPECT_LE(line.size(), 300u);
  }
}

TEST(QuoteForPeople, EndsSoonOnHostileText) {
  for (const char* piece : {"(", "+", "@", "1(", "a@", "%25", "\xFF", "\u200B", " @"}) {
    std::string text;
    for (int i = 0; i < 500000; ++i) text += piece;
    EXPECT_LE(QuoteForPeople(text).size(), 300u);
  }
}

TEST(SafeCode, PassesWordsOnly) {
  for (const char* code : {"chat_closed", "outbound-limit.reached", "E42", ""})
    EXPECT_EQ(SafeCode(code), code);
  for (const std::string& text :
       std::vector<std::string>{"two words", "a@b", "+1555", "5551234", "1-5-5-5-1-2-3", "é", "a\n", "a/b",
                                std::string(65, 'x')}) {
    EXPECT_EQ(SafeCode(text), "") << text;
  }
  EXPECT_EQ(SafeCode(std::string(64, 'x')).size(), 64u);
}

}  // namespace
}  // namespace blooio::gateway
