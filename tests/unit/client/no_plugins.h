// A server without reflection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

namespace blooio::client {

// Linking the reflection library switches it on for every server; this takes it away.
class NoPlugins : public grpc::ServerBuilderOption {
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->clear();
  }
};

}  // namespace blooio::client
