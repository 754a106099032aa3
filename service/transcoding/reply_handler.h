// The SAX handler behind ReadReply: a stack of places to put values, one per
// open object or array. Used for one document, by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "service/transcoding/json_strings.h"
#include "service/transcoding/reply_reader.h"
#include "service/transcoding/scalar_setter.h"

namespace blooio::gateway {

class ReplyHandler {
 public:
  // `strings`: the text that is parsed.
  ReplyHandler(const Route& route, const JsonStrings& strings, google::protobuf::Message* reply,
               ReplyReading& reading);

  // What nlohmann's SAX parser calls; false ends the parsing.
  bool null() { return Scalar({}); }
  bool boolean(bool value) { return Scalar(value); }
  bool number_integer(int64_t value) { return Scalar(value); }
  bool number_unsigned(uint64_t value) { return Scalar(value); }
  bool number_float(double value, const std::string&) { return Scalar(value); }
  bool string(const std::string& parsed) { return Scalar(strings_.Text(parsed)); }
  bool key(const std::string& parsed) { return Key(strings_.Text(parsed)); }
  bool start_object(size_t) { return Open(false); }
  bool start_array(size_t) { return Open(true); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  // JSON has no binary values.
  template <class Binary>
  bool binary(Binary&) {
    return false;
  }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception& error) {
    met_huge_number_ = error.id == kNumberOutOfRange;
    return false;
  }
  // The reading ended at a number that no double can hold.
  bool met_huge_number() const { return met_huge_number_; }

 private:
  static constexpr int kNumberOutOfRange = 406;  // nlohmann's id

  static constexpr std::string_view kWrapper = "data";

  // One value kept for later, see Frame::kTagged.
  struct Event {
    enum class Kind { kScalar, kText, kKey, kOpenObject, kOpenArray, kClose } kind;
    JsonScalar scalar;  // But for text, which is in `text`, as keys are.
    std::string text;
  };

  struct Frame {
    enum class Kind {
      kMessage,  // an object read into `message`
      kList,     // an array read into the repeated `field` of `message`
      kStruct,   // an object read into a Struct
      kValues,   // an array read into a ListValue
      kTagged,   // an object kept as events until its tag is known, then replayed
      kIgnored,
    } kind = Kind::kIgnored;
    google::protobuf::Message* message = nullptr;
    const MessagePlan* plan = nullptr;
    const FieldPlan* field = nullptr;
    // Of `plan`: the field behind the last one met, for keys come in the proto's order.
    size_t next = 0;
    bool top = false;
    // Of the value to come: its key, where it goes when that is not `message`
    // (a missing wrapper), and whether the key proves acceptance.
    std::string key;
    google::protobuf::Message* detour = nullptr;
    bool evidence = false;
  };

  bool Scalar(const JsonScalar& value);
  bool Key(std::string_view name);
  bool Open(bool array);
  bool Close();

  Frame TopFrame(bool array);
  Frame FrameFor(const Frame& parent, bool array);
  Frame MessageFrame(const MessagePlan& plan, google::protobuf::Message* message, bool array);
  Frame FieldFrame(const FieldPlan& field, google::protobuf::Message* message, bool in_list, bool array);
  Frame ValueFrame(google::protobuf::Value* value, bool array);
  Frame Dropped();
  void ResolveTopKey(Frame& frame);
  void CountWrapper();
  void SeeEvidence(Frame& frame);
  bool ReplayTagged(const Frame& frame, std::vector<Event> events);
  google::protobuf::Value* NextValue(const Frame& frame);

  const Route& route_;
  const JsonStrings& strings_;
  ReplyReading& reading_;
  google::protobuf::Message* top_message_;
  const MessagePlan* top_plan_;
  std::vector<Frame> frames_;
  // Events of the tagged union being kept, and how many levels below it are open.
  std::vector<Event> events_;
  int kept_levels_ = 0;
  int depth_ = 0;
  // The wrapper stands where it belongs: keys beside it do not belong inside.
  bool wrapped_ = false;
  bool met_huge_number_ = false;
};

}  // namespace blooio::gateway
