#include "service/config/defaults.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "blooio/gateway/v1/config.pb.h"
#include "service/config/field_value.h"

namespace blooio::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Every message type of the configuration, found from the root.
void CollectSections(const Descriptor& type, std::set<const Descriptor*>* types) {
  if (!types->insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsSection(*type.field(i))) CollectSections(*type.field(i)->message_type(), types);
  }
}

bool HasRequired(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (RulesOf(*type.field(i)).required()) return true;
  }
  return false;
}

std::set<const Descriptor*> AllSections() {
  std::set<const Descriptor*> types;
  CollectSections(*v1::GatewayConfig::descriptor(), &types);
  return types;
}

TEST(DefaultsTest, EveryDefaultIsAValueThatItsFieldTakes) {
  int defaults = 0;
  for (const Descriptor* type : AllSections()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const std::string& value = RulesOf(field).default_value();
      if (value.empty()) continue;
      ++defaults;
      EXPECT_FALSE(RulesOf(field).required()) << field.full_name() << " has a default and is required";
      EXPECT_FALSE(field.is_repeated()) << field.full_name();
      if (IsSection(field)) {
        EXPECT_EQ(value, kEmptySection) << field.full_name();
        EXPECT_FALSE(HasRequired(*field.message_type())) << field.full_name() << " cannot exist by itself";
        continue;
      }
      const std::unique_ptr<google::protobuf::Message> message(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
      const absl::Status status = SetFromScalar({value}, field, message.get());
      EXPECT_TRUE(status.ok()) << field.full_name() << " = " << value << ": " << status;
    }
  }
  EXPECT_GT(defaults, 20);
}

TEST(DefaultsTest, EveryBoundStandsOnANumberOrADuration) {
  for (const Descriptor* type : AllSections()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const v1::ConfigRules& rules = RulesOf(field);
      if (!rules.has_minimum() && !rules.has_maximum()) continue;
      EXPECT_FALSE(IsSection(field)) << field.full_name();
      EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_STRING) << field.full_name();
      if (!rules.has_minimum() || !rules.has_maximum()) continue;
      EXPECT_LE(rules.minimum(), rules.maximum()) << field.full_name();
    }
  }
}

TEST(DefaultsTest, FillsSectionsThatAlwaysExistAndNoOthers) {
  v1::GatewayConfig config;
  ApplyDefaults(&config);
  EXPECT_EQ(config.server().listen(), "127.0.0.1:50051");
  EXPECT_TRUE(config.server().reflection());
  EXPECT_EQ(config.server().threads(), 1);
  EXPECT_EQ(config.server().drain_delay().seconds(), 5);
  EXPECT_EQ(config.upstream().max_deadline().seconds(), 120);
  EXPECT_TRUE(config.has_anonymous());
  EXPECT_FALSE(config.has_admin());
  EXPECT_FALSE(config.has_redis());
  EXPECT_EQ(config.accounts_size(), 0);

  v1::AccountConfig account;
  ApplyDefaults(&account);
  EXPECT_EQ(account.v2().base_url(), "https://api.blooio.com/v2/api");
  EXPECT_EQ(account.v4().base_url(), "https://api.blooio.com/v4");
  EXPECT_FALSE(account.has_rate_limit());
}

}  // namespace
}  // namespace blooio::gateway
