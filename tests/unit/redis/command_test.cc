#include "service/redis/command.h"

#include <gmock/gmock.h>

#include <array>

namespace blooio::gateway {
namespace {

TEST(CommandText, MayHoldAnyBytes) {
  const std::array<std::string_view, 3> words = {"SET", "a\r\nb", ""};
  EXPECT_EQ(CommandText(words), "*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
}

TEST(CommandText, CallsAScriptByItsNameOrItself) {
  const LuaScript script("return 1");
  EXPECT_EQ(script.sha1, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  const ScriptCall call = {.script = &script, .keys = {"k1", "k2"}, .arguments = {"a"}};
  EXPECT_EQ(CommandText(call, By::kSha1),
            "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n"
            "$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n");
  EXPECT_EQ(CommandText(call, By::kText),
            "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n");
}

}  // namespace
}  // namespace blooio::gateway
