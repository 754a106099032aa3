#include "tests/sandbox/idempotency.h"

#include <openssl/sha.h>

#include <utility>

#include "tests/sandbox/identifiers.h"
#include "tests/sandbox/text.h"

namespace blooio::sandbox {
namespace {

constexpr size_t kMaxKeys = 1'000'000;

}  // namespace

const IdempotencyRecords::Record* IdempotencyRecords::Find(std::string_view key) const {
  const auto found = records_.find(key);
  return found == records_.end() ? nullptr : &found->second;
}

void IdempotencyRecords::Keep(std::string_view key, std::string_view fingerprint, HttpResponse response) {
  const auto [position, fresh] =
      records_.try_emplace(std::string(key), Record{std::string(fingerprint), std::move(response)});
  if (!fresh) return;
  order_.emplace_back(key);
  if (order_.size() > kMaxKeys) {
    records_.erase(order_.front());
    order_.pop_front();
  }
}

void IdempotencyRecords::Clear() {
  records_.clear();
  order_.clear();
}

bool ReadIdempotencyKey(const HttpRequest& request, std::string& key) {
  const auto values = HeaderValues(request.headers, "Idempotency-Key");
  if (values.empty()) return true;
  if (values.size() > 1 || !IsIdempotencyKey(values[0])) return false;
  key = values[0];
  return true;
}

std::string RequestFingerprint(const HttpRequest& request) {
  return HexSha256(Concat({request.target, "\n", request.body}));
}

std::string HexSha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return Hex(digest);
}

}  // namespace blooio::sandbox
