#include "service/transcoding/reply_reader.h"

#include <nlohmann/json.hpp>

#include "service/base/json_text.h"
#include "service/transcoding/json_strings.h"
#include "service/transcoding/reply_handler.h"

namespace blooio::gateway {

namespace {

// `huge`: a number that no double can hold stood in the way.
ReplyReading ReadSoundJson(const Route& route, std::string_view json, google::protobuf::Message* reply,
                           bool& huge) {
  ReplyReading reading;
  reading.proves_acceptance = route.rules.evidence_of_acceptance().empty();
  JsonStrings strings(json);
  ReplyHandler handler(route, strings, reply, reading);
  reading.readable = nlohmann::json::sax_parse(strings.begin(), strings.end(), &handler);
  huge = handler.met_huge_number();
  return reading;
}

}  // namespace

ReplyReading ReadReply(const Route& route, std::string_view body, google::protobuf::Message* reply) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) body = "{}";
  std::string storage;
  const std::string_view sound = RepairJsonText(body, storage);
  bool huge = false;
  ReplyReading reading = ReadSoundJson(route, sound, reply, huge);
  if (huge) {
    reply->Clear();
    reading = ReadSoundJson(route, BlankHugeNumbers(sound), reply, huge);
    reading.drift.Count(Drift::kWrongType);
  }
  if (sound.data() != body.data()) reading.drift.Count(Drift::kRepairedText);
  return reading;
}

}  // namespace blooio::gateway
