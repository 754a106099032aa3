// One HTTP/2 connection of a FrameServer, on a thread of its own.
#pragma once

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness/frame_server.h"

namespace blooio::integration {

class FrameSession {
 public:
  // `next`: what becomes of a stream that begins. `tls`: its handshake is done.
  FrameSession(SSL* tls, const std::string& backend, std::function<FrameServer::Act()> next);

  // Until the connection ends, or is to be ended.
  void Run();

 private:
  using Act = FrameServer::Act;

  struct Stream {
    Act act = Act::kPass;
    std::string verb;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string answer;
    size_t answered = 0;
  };

  static FrameSession& Self(void* self) { return *static_cast<FrameSession*>(self); }
  static int OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t flags, void* self);
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int OnData(nghttp2_session*, uint8_t flags, int32_t id, const uint8_t* bytes, size_t size,
                    void* self);
  static int OnClose(nghttp2_session*, int32_t id, uint32_t error, void* self);
  static ssize_t ReadAnswer(nghttp2_session*, int32_t id, uint8_t* bytes, size_t size, uint32_t* flags,
                            nghttp2_data_source* source, void* self);

  void AfterHeaders(int32_t id, const Stream& stream);
  void AfterRequest(int32_t id, Stream& stream);
  // Asks the backend, and answers with what it says.
  void Ask(const Stream& stream, std::string& head, std::string& body) const;
  void Answer(int32_t id, Stream& stream, const std::string& head, std::string body);
  void Reset(int32_t id, uint32_t error);
  void GoAway(int32_t last);
  bool Flush();

  SSL* const tls_;
  const std::string backend_;
  const std::function<Act()> next_;
  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_;
  std::map<int32_t, Stream> streams_;
  bool ends_ = false;
};

}  // namespace blooio::integration
