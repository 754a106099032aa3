// Holder of key material.
//
// A SecretString can be moved and revealed, nothing else: it cannot be copied,
// printed, streamed, formatted or compared, and its memory is wiped when it is
// replaced or destroyed. Keys of accounts are read only in credentials/ and revealed
// only in upstream/.
//
// Thread-safety: immutable after construction, so concurrent Reveal() is safe.
#pragma once

#include <string>
#include <string_view>

namespace blooio::gateway {

class SecretString {
 public:
  SecretString() = default;
  // Takes the text over; the argument's own memory is wiped.
  explicit SecretString(std::string&& text);
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(SecretString&& other) noexcept;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  ~SecretString();

  bool empty() const { return text_.empty(); }
  size_t size() const { return text_.size(); }
  // The bare text, valid while this object lives. Never log it, never store it.
  std::string_view Reveal() const { return text_; }

 private:
  std::string text_;
};

// Overwrites the text in a way that the compiler may not leave out, then
// empties it. For copies that libraries force on us.
void Wipe(std::string& text);

}  // namespace blooio::gateway
