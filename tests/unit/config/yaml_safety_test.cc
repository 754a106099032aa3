// What no file may do to the reader: make it show a secret, or keep it busy.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/config/yaml_document.h"
#include "service/config/yaml_reader.h"
#include "tests/unit/config/mistakes.h"

namespace blooio::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// YAML::LoadAll never returns from it.
TEST(YamlSafetyTest, ReturnsFromALoneComma) {
  EXPECT_THAT(MistakesOf(","), ElementsAre("gateway.yaml:1: has more than one YAML document"));
}

TEST(YamlSafetyTest, NeverQuotesAText) {
  const std::string secret = "bl_live_9f86d081884c7d659a2feaa0c55ad015";
  const std::string misplaced[] = {
      secret,
      "- " + secret,
      secret + ": x",
      "{" + secret + "}",
      "? [" + secret + "]\n: x",
      "server: " + secret,
      "server: { threads: " + secret + " }",
      "server: { drain_delay: " + secret + " }",
      "server: { reflection: " + secret + " }",
      "server: { listen: [" + secret + "] }",
      "server: { listen: { " + secret + ": x } }",
      "server: { " + secret + ": x }",
      "server: { key: " + secret + " }",
      "accounts: " + secret,
      "accounts: [" + secret + "]",
      "accounts:\n  - name: a\n    api_key_file: |\n      " + secret + "\n      x\n",
      "server: *" + secret,
      "server: !" + secret + " x\naccounts: [",
      "server: \"" + secret,
      "%YAML " + secret + "\n---\na: b\n",
      "%" + secret + " x\n---\na: b\n",
      "server: \"\\" + secret,
      secret + "\n\t: [",
      "redis: " + secret,
  };
  for (const std::string& text : misplaced) {
    const std::vector<std::string> mistakes = MistakesOf(text);
    EXPECT_THAT(mistakes, Not(testing::IsEmpty())) << text;
    for (const std::string& mistake : mistakes) EXPECT_THAT(mistake, Not(HasSubstr("9f86"))) << text;
  }
}

TEST(YamlSafetyTest, ShowsNoKeyThatMayBeASecret) {
  EXPECT_THAT(
      MistakesOf(std::string(kAccounts) + "bl_live_SECRETKEYabc: 1\n"),
      ElementsAre("gateway.yaml:4: has a key that is no name of a setting (it is not shown: it may be "
                  "a secret)"));
}

TEST(YamlSafetyTest, BoundsTheSizeOfTheText) {
  const std::string comment(kMaxYamlBytes - sizeof(kAccounts) + 1, '#');
  EXPECT_THAT(MistakesOf(kAccounts + comment), SizeIs(0));
  EXPECT_THAT(MistakesOf(kAccounts + comment + "#"),
              ElementsAre("gateway.yaml: is longer than 1048576 bytes"));
}

// DescriptorProto can hold itself.
TEST(YamlSafetyTest, BoundsTheDepthOfAliasesToThemselves) {
  google::protobuf::DescriptorProto type;
  const absl::Status status =
      ReadYaml("nested_type:\n  - &self { name: a, nested_type: [ *self ] }\n", "t.yaml", &type);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is nested deeper than 32 levels"));
}

TEST(YamlSafetyTest, BoundsTheDepthOfTheText) {
  const std::string deep = std::string(100000, '[');
  EXPECT_THAT(MistakesOf("server: " + deep), SizeIs(1));
}

TEST(YamlSafetyTest, BoundsWhatAliasesStandFor) {
  std::string text = "name: a\nreserved_name: []\nnested_type:\n  - &many { reserved_name: [a";
  for (int i = 1; i < 1000; ++i) text += ",a";
  text += "] }\n";
  for (int i = 0; i < 1000; ++i) text += "  - *many\n";
  google::protobuf::DescriptorProto type;
  const absl::Status status = ReadYaml(text, "t.yaml", &type);
  EXPECT_EQ(status.message(), "t.yaml:1: has more than 100000 values");
  EXPECT_LT(type.ByteSizeLong(), 1000000);
}

}  // namespace
}  // namespace blooio::gateway
