#include "tests/unit/upstream/http2_server.h"

namespace blooio::gateway {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t kData = 0, kHeaders = 1, kResetStream = 3, kSettings = 4, kGoAway = 7, kWindowUpdate = 8;
constexpr uint8_t kAck = 1, kEndStream = 1, kEndHeaders = 4;
constexpr size_t kHeadSize = 9;

std::string Number(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

uint32_t ReadNumber(std::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

// Of what is `offered`; a client that does not offer it is spoken to in HTTP/1.1.
int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                unsigned offered_size, void*) {
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  unsigned char* choice = nullptr;
  const int found = SSL_select_next_proto(&choice, size, kHttp2, sizeof kHttp2, offered, offered_size);
  *chosen = choice;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void SpeakHttp2(SSL_CTX* context) { SSL_CTX_set_alpn_select_cb(context, &ChooseHttp2, nullptr); }

Http2Connection::Http2Connection(RawConnection connection) : raw_(std::move(connection)) {
  if (!Fill(kPreface.size())) return;
  unread_.erase(0, kPreface.size());
  Write(kSettings, 0, 0, "");
}

bool Http2Connection::Fill(size_t size) {
  while (unread_.size() < size) {
    const std::string more = raw_.ReadSome();
    if (more.empty()) return false;
    unread_ += more;
  }
  return true;
}

bool Http2Connection::Read(Frame& frame) {
  if (!Fill(kHeadSize)) return false;
  const size_t size = ReadNumber(std::string_view(unread_).substr(0, 3));
  if (!Fill(kHeadSize + size)) return false;
  frame = {.type = static_cast<uint8_t>(unread_[3]),
           .flags = static_cast<uint8_t>(unread_[4]),
           .stream = ReadNumber(std::string_view(unread_).substr(5, 4)),
           .payload = unread_.substr(kHeadSize, size)};
  unread_.erase(0, kHeadSize + size);
  return true;
}

uint32_t Http2Connection::ReadUntil(uint8_t flag) {
  Frame frame;
  while (Read(frame)) {
    if (frame.type == kSettings && (frame.flags & kAck) == 0) Write(kSettings, kAck, 0, "");
    if (frame.type == kData && !frame.payload.empty()) {
      const std::string size = Number(static_cast<uint32_t>(frame.payload.size()));
      Write(kWindowUpdate, 0, 0, size);
      Write(kWindowUpdate, 0, frame.stream, size);
    }
    if ((frame.type == kHeaders || frame.type == kData) && (frame.flags & flag) != 0) return frame.stream;
  }
  return 0;
}

uint32_t Http2Connection::ReadRequest() { return ReadUntil(kEndStream); }
uint32_t Http2Connection::ReadHead() { return ReadUntil(kEndHeaders); }

// HPACK: entry 8 of the static table is ":status: 200".
void Http2Connection::Answer(uint32_t stream) { Write(kHeaders, kEndHeaders | kEndStream, stream, "\x88"); }

// HPACK: entry 28 is "content-length"; its value is not to be remembered.
void Http2Connection::Answer(uint32_t stream, std::string_view body) {
  const std::string size = std::to_string(body.size());
  Write(kHeaders, kEndHeaders, stream,
        "\x88\x0f\x0d" + std::string(1, static_cast<char>(size.size())) + size);
  Write(kData, kEndStream, stream, body);
}

// HPACK: entry 8's name, and another value that is not to be remembered.
void Http2Connection::Hint(uint32_t stream) {
  Write(kHeaders, kEndHeaders, stream,
        "\x08\x03"
        "103");
}

void Http2Connection::Reset(uint32_t stream, uint32_t error) {
  Write(kResetStream, 0, stream, Number(error));
}

void Http2Connection::GoAway(uint32_t last, uint32_t error) {
  Write(kGoAway, 0, 0, Number(last) + Number(error));
}

void Http2Connection::Write(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame = Number(static_cast<uint32_t>(payload.size())).substr(1);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  frame += Number(stream);
  frame += payload;
  raw_.Write(frame);
}

}  // namespace blooio::gateway
