#include "service/transcoding/reply_reader.h"

#include <nlohmann/json.hpp>

#include "service/base/json_text.h"
#include "service/transcoding/reply_handler.h"

namespace blooio::gateway {

ReplyReading ReadReply(const Route& route, std::string_view body, google::protobuf::Message* reply) {
  ReplyReading reading;
  reading.proves_acceptance = route.rules.evidence_of_acceptance().empty();
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) body = "{}";
  std::string storage;
  const std::string_view sound = RepairJsonText(body, storage);
  if (sound.data() != body.data()) reading.drift.Count(Drift::kRepairedText);
  ReplyHandler handler(route, reply, reading);
  reading.readable = nlohmann::json::sax_parse(sound.begin(), sound.end(), &handler);
  return reading;
}

}  // namespace blooio::gateway
