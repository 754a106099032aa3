#include "service/base/secret_string.h"

#include <gmock/gmock.h>

#include <concepts>
#include <memory>
#include <ostream>
#include <type_traits>

namespace blooio::gateway {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::is_copy_constructible_v<SecretString> && !std::is_copy_assignable_v<SecretString>);
static_assert(std::is_nothrow_move_constructible_v<SecretString> &&
              std::is_nothrow_move_assignable_v<SecretString>);
static_assert(!std::equality_comparable<SecretString> && !std::totally_ordered<SecretString>);
static_assert(!Streamable<SecretString> && Streamable<std::string>);
static_assert(!std::is_convertible_v<SecretString, std::string>);
static_assert(!std::is_convertible_v<SecretString, std::string_view>);
static_assert(!std::is_convertible_v<std::string, SecretString>);
static_assert(!std::is_constructible_v<SecretString, const std::string&>);

const std::string kShort = "key-0123456789";              // within the object
const std::string kLong = "key-" + std::string(60, 'k');  // on the heap
// What is left of the short one where another text, or NUL, stands in front.
const std::string kTail = kShort.substr(6);

bool IsClean(const char* memory, size_t size) {
  return std::string_view(memory, size).find_first_not_of('\0') == std::string_view::npos;
}

TEST(SecretString, HoldsAndMovesItsText) {
  for (const std::string& text : {kShort, kLong}) {
    SecretString first{std::string(text)};
    EXPECT_FALSE(first.empty());
    SecretString second(std::move(first));
    EXPECT_EQ(second.Reveal(), text);
    EXPECT_TRUE(first.empty());
    SecretString third{std::string("an older key")};
    third = std::move(second);
    EXPECT_EQ(third.Reveal(), text);
    EXPECT_TRUE(second.empty());
    SecretString& same = third;
    third = std::move(same);
    EXPECT_EQ(third.Reveal(), text);
  }
  EXPECT_TRUE(SecretString().empty());
}

TEST(SecretString, WipesTheTextItIsMadeOf) {
  for (const std::string& text : {kShort, kLong}) {
    std::string source = text;
    const char* memory = source.data();
    SecretString secret(std::move(source));
    ASSERT_EQ(source.data(), memory);  // Wiped in place, not given away.
    EXPECT_TRUE(IsClean(memory, source.capacity()));
    EXPECT_EQ(secret.Reveal(), text);
  }
}

// Looks at the storage that an object leaves behind; only its inline text can
// be looked at lawfully.
TEST(SecretString, WipesItsOwnMemory) {
  alignas(SecretString) unsigned char memory[sizeof(SecretString)] = {};
  auto holds = [&](const std::string& text) {
    return std::string_view(reinterpret_cast<const char*>(memory), sizeof memory).find(text) !=
           std::string::npos;
  };
  auto* secret = new (memory) SecretString(std::string(kShort));
  ASSERT_TRUE(holds(kShort));
  SecretString taken(std::move(*secret));
  EXPECT_FALSE(holds(kTail));
  *secret = SecretString(std::string(kShort));
  ASSERT_TRUE(holds(kShort));
  *secret = SecretString(std::string("other"));
  EXPECT_FALSE(holds(kTail));
  *secret = SecretString(std::string(kShort));
  std::destroy_at(secret);
  EXPECT_FALSE(holds(kTail));
}

TEST(Wipe, OverwritesAllTheStringOwns) {
  std::string text = kLong;
  const char* memory = text.data();
  text.resize(3);  // The rest still stands behind the end.
  const size_t capacity = text.capacity();
  Wipe(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), memory);
  ASSERT_EQ(text.capacity(), capacity);
  EXPECT_TRUE(IsClean(memory, capacity));
}

}  // namespace
}  // namespace blooio::gateway
