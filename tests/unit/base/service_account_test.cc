#include "service/base/service_account.h"

#include <gtest/gtest.h>

#include <string>

namespace blooio::gateway {
namespace {

TEST(ServiceAccountTest, IsANamespaceAndAName) {
  struct Row {
    std::string text;
    bool is_one;
  };
  const std::string prefix = "system:serviceaccount:";
  for (const Row& row :
       std::initializer_list<Row>{{prefix + "shop:billing", true},
                                  {prefix + "kube-system:a.b-1", true},
                                  {prefix + "0:0", true},
                                  {prefix + std::string(63, 'a') + ":" + std::string(253, 'b'), true},
                                  {prefix + std::string(64, 'a') + ":billing", false},
                                  {prefix + "shop:" + std::string(254, 'b'), false},
                                  // What other DNS names may hold.
                                  {prefix + "Shop:billing", false},
                                  {prefix + "shop:Billing", false},
                                  {prefix + "shop_1:billing", false},
                                  {prefix + "shop:billing_1", false},
                                  {prefix + "a.b:billing", false},
                                  {prefix + "-shop:billing", false},
                                  {prefix + "shop-:billing", false},
                                  {prefix + "shop:a..b", false},
                                  {prefix + "shop:.billing", false},
                                  {prefix + "shop:billing.", false},
                                  {prefix + "shop:a-.b", false},
                                  // What is no name at all.
                                  {prefix + ":billing", false},
                                  {prefix + "shop:", false},
                                  {prefix + "shop", false},
                                  {prefix + "shop:billing:x", false},
                                  {prefix + "shop:bill ing", false},
                                  {prefix + "shop:billing\n", false},
                                  {" " + prefix + "shop:billing", false},
                                  {"system:node:shop:billing", false},
                                  {"System:serviceaccount:shop:billing", false},
                                  {prefix, false},
                                  {"shop:billing", false},
                                  {"", false}}) {
    EXPECT_EQ(IsServiceAccount(row.text), row.is_one) << row.text;
  }
}

}  // namespace
}  // namespace blooio::gateway
