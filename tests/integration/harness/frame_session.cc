#include "tests/integration/harness/frame_session.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/integration/harness/raw_client.h"

namespace blooio::integration {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// Small, so that a request with a larger body is cut within it.
constexpr nghttp2_settings_entry kSettings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1024}};

nghttp2_nv Field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

std::string Text(const uint8_t* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

FrameSession::FrameSession(SSL* tls, const std::string& backend, std::function<FrameServer::Act()> next)
    : tls_(tls), backend_(backend), next_(std::move(next)), session_(nullptr, nghttp2_session_del) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, OnBegin);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(session);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, kSettings, std::size(kSettings));
}

void FrameSession::Run() {
  std::array<uint8_t, 16384> buffer;
  while (
      Flush() && !ends_ &&
      (nghttp2_session_want_read(session_.get()) != 0 || nghttp2_session_want_write(session_.get()) != 0)) {
    const int count = SSL_read(tls_, buffer.data(), buffer.size());
    if (count <= 0) return;
    if (nghttp2_session_mem_recv(session_.get(), buffer.data(), static_cast<size_t>(count)) != count) return;
  }
}

bool FrameSession::Flush() {
  const uint8_t* bytes = nullptr;
  while (true) {
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) return size == 0;
    if (SSL_write(tls_, bytes, static_cast<int>(size)) <= 0) return false;
  }
}

int FrameSession::OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  if (frame->hd.type == NGHTTP2_HEADERS) Self(self).streams_[frame->hd.stream_id].act = Self(self).next_();
  return 0;
}

int FrameSession::OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                           size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* self) {
  Stream& stream = Self(self).streams_[frame->hd.stream_id];
  const std::string field = Text(name, name_size);
  const std::string text = Text(value, value_size);
  if (field == ":method") stream.verb = text;
  if (field == ":path") stream.target = text;
  if (field[0] != ':' && field != "content-length") stream.headers.emplace_back(field, text);
  return 0;
}

int FrameSession::OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  FrameSession& session = Self(self);
  const auto stream = session.streams_.find(frame->hd.stream_id);
  if (stream == session.streams_.end()) return 0;
  if (frame->hd.type == NGHTTP2_HEADERS) session.AfterHeaders(stream->first, stream->second);
  const bool whole = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (whole && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
    session.AfterRequest(stream->first, stream->second);
  }
  return 0;
}

int FrameSession::OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                         void* self) {
  Stream& stream = Self(self).streams_[id];
  stream.body += Text(bytes, size);
  if (stream.act == Act::kResetWithin) Self(self).Reset(id, NGHTTP2_INTERNAL_ERROR);
  return 0;
}

int FrameSession::OnClose(nghttp2_session*, int32_t id, uint32_t, void* self) {
  Self(self).streams_.erase(id);
  return 0;
}

void FrameSession::AfterHeaders(int32_t id, const Stream& stream) {
  if (stream.act == Act::kRefuse) Reset(id, NGHTTP2_REFUSED_STREAM);
  if (stream.act == Act::kResetBefore) Reset(id, NGHTTP2_INTERNAL_ERROR);
  // Streams of a client are odd.
  if (stream.act == Act::kGoAway) GoAway(id - 2);
}

void FrameSession::AfterRequest(int32_t id, Stream& stream) {
  std::string head;
  std::string body;
  switch (stream.act) {
    case Act::kRefuse:
    case Act::kGoAway:
    case Act::kResetBefore:
      return;
    case Act::kResetWithin:
    case Act::kResetAfter:
      return Reset(id, NGHTTP2_INTERNAL_ERROR);
    case Act::kPass:
    case Act::kLastCall:
    case Act::kAskAndResetWithin:
      Ask(stream, head, body);
      if (stream.act == Act::kLastCall) GoAway(id);
      return Answer(id, stream, head, std::move(body));
    case Act::kAskAndReset:
      Ask(stream, head, body);
      return Reset(id, NGHTTP2_INTERNAL_ERROR);
    case Act::kAskAndHangUp:
    case Act::kAskAndGoAway:
      Ask(stream, head, body);
      if (stream.act == Act::kAskAndGoAway) GoAway(id);
      ends_ = true;
  }
}

void FrameSession::Ask(const Stream& stream, std::string& head, std::string& body) const {
  std::string request =
      absl::StrCat(stream.verb, " ", stream.target, " HTTP/1.1\r\nHost: ", backend_, "\r\n");
  for (const auto& [name, value] : stream.headers) absl::StrAppend(&request, name, ": ", value, "\r\n");
  absl::StrAppend(&request, "Connection: close\r\nContent-Length: ", stream.body.size(), "\r\n\r\n",
                  stream.body);
  const RawClient client(backend_);
  client.Send(request);
  const std::string answer = client.ReadToEnd(kPatience);
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) throw std::runtime_error("the backend does not answer");
  head = answer.substr(0, end);
  body = answer.substr(end + 4);
}

void FrameSession::Answer(int32_t id, Stream& stream, const std::string& head, std::string body) {
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  std::vector<std::pair<std::string, std::string>> fields = {{":status", lines[0].substr(9, 3)}};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    const std::string name = absl::AsciiStrToLower(field.first);
    if (name == "content-type" || name == "retry-after") fields.emplace_back(name, field.second);
  }
  std::vector<nghttp2_nv> values;
  for (const auto& [name, value] : fields) values.push_back(Field(name, value));
  stream.answer = std::move(body);
  nghttp2_data_provider provider{};
  provider.read_callback = ReadAnswer;
  nghttp2_submit_response(session_.get(), id, values.data(), values.size(), &provider);
}

ssize_t FrameSession::ReadAnswer(nghttp2_session*, int32_t id, uint8_t* bytes, size_t size, uint32_t* flags,
                                 nghttp2_data_source*, void* self) {
  Stream& stream = Self(self).streams_[id];
  if (stream.act == Act::kAskAndResetWithin) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const size_t count = stream.answer.copy(reinterpret_cast<char*>(bytes), size, stream.answered);
  stream.answered += count;
  if (stream.answered == stream.answer.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

void FrameSession::Reset(int32_t id, uint32_t error) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, error);
}

void FrameSession::GoAway(int32_t last) {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, std::max(last, 0), NGHTTP2_NO_ERROR, nullptr, 0);
}

}  // namespace blooio::integration
