#include "service/errors/gateway_error.h"

#include <algorithm>

#include "service/base/redact.h"
#include "service/base/text.h"
#include "service/base/utf8.h"

namespace blooio::gateway {
namespace {

constexpr size_t kMostDetailBytes = 4095;
constexpr size_t kMostFactBytes = 128;
constexpr size_t kMostMessageBytes = 600;

}  // namespace

std::string ReasonName(v1::ErrorReason reason) {
  constexpr std::string_view kPrefix = "ERROR_REASON_";
  return v1::ErrorReason_Name(reason).substr(kPrefix.size());
}

ErrorBuilder::ErrorBuilder(google::rpc::Code code, v1::ErrorReason reason, std::string_view message) {
  error_.status.set_code(code);
  error_.status.set_message(std::string(TruncateUtf8(message, kMostMessageBytes)));
  error_.reason = reason;
  info_.set_domain(std::string(kErrorDomain));
  info_.set_reason(ReasonName(reason));
}

ErrorBuilder& ErrorBuilder::Fact(std::string_view key, std::string_view value) {
  if (!value.empty()) {
    (*info_.mutable_metadata())[std::string(key)] = std::string(TruncateUtf8(value, kMostFactBytes));
  }
  return *this;
}

ErrorBuilder& ErrorBuilder::RepeatAfter(absl::Duration forecast, Randomness& randomness) {
  return RepeatExactlyAfter(forecast * (1 + 0.2 * randomness.Uniform()));
}

ErrorBuilder& ErrorBuilder::RepeatExactlyAfter(absl::Duration promised) {
  const absl::Duration wait = std::clamp(promised, absl::Milliseconds(50), absl::Minutes(10));
  error_.pushback_ms = absl::ToInt64Milliseconds(wait);
  return *this;
}

ErrorBuilder& ErrorBuilder::Detail(const google::protobuf::Message& detail) {
  details_.emplace_back().PackFrom(detail);
  return *this;
}

ErrorBuilder& ErrorBuilder::Alarm() {
  error_.alarm = true;
  return *this;
}

ErrorBuilder& ErrorBuilder::BadRequest(google::rpc::BadRequest violations, size_t more) {
  violations_ = std::move(violations);
  more_violations_ = more;
  return *this;
}

GatewayError ErrorBuilder::Build() {
  if (error_.pushback_ms != kDoNotRepeat) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(error_.pushback_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(error_.pushback_ms % 1000) * 1000000);
    Detail(retry);
  }
  while (true) {
    if (more_violations_ > 0) Fact("more_violations", Cat(more_violations_));
    error_.status.clear_details();
    error_.status.add_details()->PackFrom(info_);
    if (violations_.field_violations_size() > 0) error_.status.add_details()->PackFrom(violations_);
    for (const google::protobuf::Any& detail : details_) *error_.status.add_details() = detail;
    if (error_.status.ByteSizeLong() <= kMostDetailBytes || violations_.field_violations_size() <= 1) break;
    violations_.mutable_field_violations()->RemoveLast();
    ++more_violations_;
  }
  return std::move(error_);
}

}  // namespace blooio::gateway
