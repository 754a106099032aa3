#include "service/config/yaml_writer.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "service/config/yaml_reader.h"

namespace blooio::gateway {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::UninterpretedOption;

TEST(WriteYamlTest, WritesListsAndSectionsAndLeavesOutTheAbsent) {
  DescriptorProto type;
  type.set_name("first");
  type.add_reserved_name("one");
  type.add_reserved_name("two");
  type.add_nested_type()->set_name("inner");
  type.add_nested_type()->mutable_options();
  EXPECT_EQ(WriteYaml(type), R"(name: first
nested_type:
  - name: inner
  - options:
      {}
reserved_name:
  - one
  - two
)");
}

TEST(WriteYamlTest, QuotesWhatYamlWouldTakeForSomethingElse) {
  for (const char* text : {"plain",
                           "https://[::1]:1/a%20b?c",
                           "/a/b c",
                           "~",
                           "null",
                           "Null",
                           "NULL",
                           "true",
                           "1",
                           "-",
                           "- a",
                           "a: b",
                           "a:",
                           ":a",
                           "a #b",
                           "#a",
                           "&a",
                           "*a",
                           "!a",
                           "%a",
                           "@a",
                           "`a",
                           "[a",
                           "]",
                           "{a",
                           "}",
                           ",",
                           "'a",
                           "\"a",
                           "a\"b'c\\d",
                           "|",
                           ">",
                           "?",
                           "? a",
                           " a",
                           "a ",
                           "---",
                           "...",
                           "<<",
                           "=",
                           "\u00e4\U0001f600",
                           "a\\n"}) {
    DescriptorProto type;
    type.set_name(text);
    type.add_reserved_name(text);
    DescriptorProto again;
    const absl::Status status = ReadYaml(WriteYaml(type), "t.yaml", &again);
    ASSERT_TRUE(status.ok()) << text << ": " << status << "\n" << WriteYaml(type);
    EXPECT_EQ(again.name(), text) << WriteYaml(type);
    ASSERT_EQ(again.reserved_name_size(), 1) << WriteYaml(type);
    EXPECT_EQ(again.reserved_name(0), text) << WriteYaml(type);
  }
}

TEST(WriteYamlTest, KeepsNumbersExact) {
  for (const double number : {0.0, 0.00001, 100000.0, 1e300, 1.0 / 3, -2.5}) {
    UninterpretedOption option;
    option.set_double_value(number);
    option.set_negative_int_value(INT64_MIN);
    UninterpretedOption again;
    ASSERT_TRUE(ReadYaml(WriteYaml(option), "t.yaml", &again).ok()) << WriteYaml(option);
    EXPECT_EQ(again.double_value(), number);
    EXPECT_EQ(again.negative_int_value(), INT64_MIN);
  }
}

}  // namespace
}  // namespace blooio::gateway
