#include "service/ledger/operation_key.h"

#include <gtest/gtest.h>

#include <set>

namespace blooio::gateway {
namespace {

TEST(UpstreamKeyTest, IsTheDesignsDigest) {
  // printf 'billing\0main\0blooio.v2.MessagesService/SendMessage\0order-1' | sha256sum | cut -c1-32
  EXPECT_EQ(UpstreamKey("billing", "main", "blooio.v2.MessagesService/SendMessage", "order-1"),
            "c59577bc2ec1b1618548ec4c896f6816");
}

TEST(UpstreamKeyTest, ScopesDoNotMeet) {
  const std::set<std::string> keys = {
      UpstreamKey("a", "b", "m", "k"), UpstreamKey("b", "a", "m", "k"), UpstreamKey("ab", "", "m", "k"),
      UpstreamKey("a", "b", "mk", ""), UpstreamKey("a", "b", "", "mk"), UpstreamKey("a", "b", "m", "K"),
  };
  EXPECT_EQ(keys.size(), 6u);
  for (const std::string& key : keys) EXPECT_EQ(key.size(), 32u);
}

}  // namespace
}  // namespace blooio::gateway
