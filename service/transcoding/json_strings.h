// JSON text for nlohmann's SAX parser in which every plain string (no escapes, no control
// characters) stands as "", its characters taken out and kept beside: the parser looks at
// each character it gets three times over, and most of an answer is such strings.
//
//   JsonStrings strings(sound);
//   nlohmann::json::sax_parse(strings.begin(), strings.end(), &handler);
//   // In the handler: bool string(const std::string& parsed) { … strings.Text(parsed) … }
//
// What is JSON and what is not stays the parser's to say, and so do strings with escapes,
// which it gets as they are. The text has to be well-formed UTF-8 (RepairJsonText), for the
// parser does not see it. Its positions in errors are those of the shortened text.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "service/base/eight_bytes.h"

namespace blooio::gateway {

class JsonStrings {
 public:
  // `json` outlives this object, this object the parsing; one parsing, one thread.
  explicit JsonStrings(std::string_view json)
      : at_(json.data()), end_(at_ + json.size()), known_until_(at_) {}
  JsonStrings(const JsonStrings&) = delete;
  JsonStrings& operator=(const JsonStrings&) = delete;

  // All iterators of a text stand at the same place, as those of a stream do.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    explicit Iterator(JsonStrings* text) : text_(text) {}
    char operator*() const { return *text_->at_; }
    Iterator& operator++() {
      text_->Advance();
      return *this;
    }
    // Whether the text is over, whatever it is compared with: one side is end().
    bool operator==(const Iterator&) const { return text_->at_ == text_->end_; }

   private:
    JsonStrings* text_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(this); }

  // The string or key that the parser hands over right now as `parsed`.
  std::string_view Text(const std::string& parsed) const { return taken_ ? plain_ : parsed; }

 private:
  void Advance() {
    const bool opens = *at_ == '"' && at_ >= known_until_;
    ++at_;
    if (opens) Open();
  }

  // Behind the quote that opens a string.
  void Open() {
    const char* const begin = at_;
    const char* stop = EndOfPlain(begin);
    taken_ = stop != end_ && *stop == '"';
    if (taken_) {
      plain_ = std::string_view(begin, stop);
      at_ = stop;
    }
    while (stop != end_ && *stop != '"') stop += *stop == '\\' && stop + 1 != end_ ? 2 : 1;
    known_until_ = stop == end_ ? stop : stop + 1;
  }

  const char* EndOfPlain(const char* at) const {
    while (at != end_) {
      const uint64_t word = EightBytes({at, end_}, '"');
      const uint64_t special = Below(word, ' ') | Is(word, '"') | Is(word, '\\');
      // Of what is found the first, in memory, is exact; `filler` is found at the end.
      if (special != 0) return at + (std::countr_zero(special) / 8);
      at += sizeof word;
    }
    return at;
  }

  const char* at_;
  const char* const end_;
  // Quotes before this place open no string: they belong to the last one.
  const char* known_until_;
  bool taken_ = false;
  std::string_view plain_;
};

}  // namespace blooio::gateway
