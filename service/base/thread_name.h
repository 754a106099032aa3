// Names of our threads, for `top -H` and /proc.
#pragma once

#include <pthread.h>

#include <string>

namespace blooio::gateway {

// Names this thread, and those that it will start and that do not name themselves: "limits",
// "calls-0"; of a longer name the first 15 characters.
inline void NameThread(std::string name) {
  constexpr size_t kMost = 15;
  if (name.size() > kMost) name.resize(kMost);
  pthread_setname_np(pthread_self(), name.c_str());
}

}  // namespace blooio::gateway
