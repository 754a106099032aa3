// A watch of the gateway's health, on a connection of its own.
//
//   HealthWatch watch(gateway.address(), "");
//   EXPECT_EQ(watch.Next(), "SERVING");
#pragma once

#include <memory>
#include <string>

namespace blooio::integration {

class HealthWatch {
 public:
  HealthWatch(const std::string& address, const std::string& service);
  // Cancels it.
  ~HealthWatch();

  // Waits for what is said next: "SERVING", "NOT_SERVING", …; "" at the end.
  std::string Next();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace blooio::integration
