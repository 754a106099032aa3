#include "service/ledger/operation.h"

#include <gtest/gtest.h>

#include <set>

namespace blooio::gateway {
namespace {

TEST(OperationTest, IsTheDesignsDigest) {
  // printf 'billing\0main\0blooio.v2.MessagesService/SendMessage\0order-1' | sha256sum | cut -c1-32
  EXPECT_EQ(UpstreamKey(IdOfOperation("billing", "main", "blooio.v2.MessagesService/SendMessage", "order-1")),
            "c59577bc2ec1b1618548ec4c896f6816");
}

TEST(OperationTest, ScopesDoNotMeet) {
  const std::set<OperationId> keys = {
      IdOfOperation("a", "b", "m", "k"), IdOfOperation("b", "a", "m", "k"), IdOfOperation("ab", "", "m", "k"),
      IdOfOperation("a", "b", "mk", ""), IdOfOperation("a", "b", "", "mk"), IdOfOperation("a", "b", "m", "K"),
  };
  EXPECT_EQ(keys.size(), 6u);
}

TEST(OperationTest, WhateverItSaysIsItsPayload) {
  const RestRequest send = {Verb::kPost, "/chats/a/messages", {{"X-From-Number", "+1"}}, "{}", true};
  RestRequest other = send;
  EXPECT_EQ(PayloadOf(send, "k"), PayloadOf(other, "k"));
  std::set<Digest> payloads = {PayloadOf(send, "k")};
  const auto differs = [&](RestRequest request) { return payloads.insert(PayloadOf(request, "k")).second; };
  other.path = "/chats/b/messages";
  EXPECT_TRUE(differs(other));
  (other = send).body = "{} ";
  EXPECT_TRUE(differs(other));
  (other = send).headers[0].value = "+2";
  EXPECT_TRUE(differs(other));
  (other = send).headers.clear();
  EXPECT_TRUE(differs(other));
  (other = send).verb = Verb::kPut;
  EXPECT_TRUE(differs(other));
  EXPECT_NE(PayloadOf(send, "k"), PayloadOf(send, "l")) << "nobody can guess it without the key";
  // Nor do its parts run together.
  (other = send).path = "/chats/a/messages13:X-From-Number";
  EXPECT_TRUE(differs(other));
}

}  // namespace
}  // namespace blooio::gateway
