#include "tests/soak/channels.h"

namespace blooio::soak {
namespace {

constexpr size_t kPlain = 3;
constexpr char kRepeats[] = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 4, "initialBackoff": "0.02s", "maxBackoff": "0.2s", "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

std::unique_ptr<grpc::GenericStub> Open(const std::string& address, const char* service_config) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A gateway that comes back is found soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  if (service_config != nullptr) arguments.SetServiceConfigJSON(service_config);
  return std::make_unique<grpc::GenericStub>(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace

Channels::Channels(const World& world) {
  for (size_t gateway = 0; gateway < kGateways; ++gateway) {
    const std::string& address = world.gateway_address(gateway);
    ToGateway& channels = gateways_[gateway];
    for (size_t i = 0; i < kPlain; ++i) channels.plain.push_back(Open(address, nullptr));
    channels.repeating = Open(address, kRepeats);
  }
}

grpc::GenericStub& Channels::Next(size_t gateway, bool repeating) {
  ToGateway& channels = gateways_[gateway];
  return repeating ? *channels.repeating : *channels.plain[++channels.turn % kPlain];
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace blooio::soak
