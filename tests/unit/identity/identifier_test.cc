#include "service/identity/identifier.h"

#include <gtest/gtest.h>

namespace blooio::gateway {
namespace {

TEST(IdentifierTest, AnonymousOnlyWithoutACredential) {
  const Identifier open(true);
  ASSERT_NE(open.Identify({.authorization = false}), nullptr);
  EXPECT_EQ(open.Identify({.authorization = false})->name, "anonymous");
  EXPECT_EQ(open.Identify({.authorization = true}), nullptr);

  const Identifier closed(false);
  EXPECT_EQ(closed.Identify({.authorization = false}), nullptr);
  EXPECT_EQ(closed.Identify({.authorization = true}), nullptr);
}

}  // namespace
}  // namespace blooio::gateway
