// One connection of a RawServer that speaks HTTP/2 frame by frame (RFC 9113), so that a
// script decides what becomes of each stream. Knows as much of HPACK as an empty answer
// takes.
//
//   SpeakHttp2(files.server_context());
//   RawServer server([](RawServer& server) {
//     Http2Connection connection(server.Accept());
//     const uint32_t stream = connection.ReadRequest();
//     connection.Reset(stream, Http2Connection::kRefusedStream);
//   }, files.server_context());
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/upstream/raw_server.h"

namespace blooio::gateway {

// Makes a server choose h2 wherever it is offered.
void SpeakHttp2(SSL_CTX* context);

class Http2Connection {
 public:
  static constexpr uint32_t kNoError = 0, kInternalError = 2, kRefusedStream = 7, kCancel = 8,
                            kHttp11Required = 13;

  // Exchanges settings.
  explicit Http2Connection(RawConnection connection);

  // The stream of the next whole request; 0 if the peer is gone.
  uint32_t ReadRequest();
  // The stream of the next request's head.
  uint32_t ReadHead();
  // Of no length that is told: once it is over, libcurl resets its stream.
  void Answer(uint32_t stream);
  void Answer(uint32_t stream, std::string_view body);
  // An interim answer, 103.
  void Hint(uint32_t stream);
  void Reset(uint32_t stream, uint32_t error);
  // Streams above `last` were not and will not be processed.
  void GoAway(uint32_t last, uint32_t error = kNoError);
  RawConnection& raw() { return raw_; }

 private:
  struct Frame {
    uint8_t type = 0, flags = 0;
    uint32_t stream = 0;
    std::string payload;
  };
  // False if the peer is gone.
  bool Fill(size_t size);
  bool Read(Frame& frame);
  uint32_t ReadUntil(uint8_t flag);
  void Write(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);

  RawConnection raw_;
  std::string unread_;
};

}  // namespace blooio::gateway
