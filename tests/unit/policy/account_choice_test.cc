#include "service/policy/account_choice.h"

#include <gtest/gtest.h>

#include <vector>

namespace blooio::gateway {
namespace {

TEST(ChooseAccountTest, TakesTheFirstUnlessAGrantedOneIsNamed) {
  const std::vector<std::string> granted = {"main", "second"};
  EXPECT_EQ(*ChooseAccount(granted, ""), "main");
  EXPECT_EQ(*ChooseAccount(granted, "main"), "main");
  EXPECT_EQ(*ChooseAccount(granted, "second"), "second");
  EXPECT_EQ(ChooseAccount(granted, "third"), nullptr);
  EXPECT_EQ(ChooseAccount(granted, "Main"), nullptr);
  EXPECT_EQ(ChooseAccount({}, ""), nullptr);
}

}  // namespace
}  // namespace blooio::gateway
