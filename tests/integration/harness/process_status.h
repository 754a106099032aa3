// What the kernel tells of a process: its memory, its threads.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace blooio::integration {

// A field of /proc/PID/status, such as "VmHWM", in its unit: "VmHWM:	   31640 kB". -1: none.
int64_t StatusField(pid_t pid, const std::string& name);

// How many threads there are of each name, for a person.
std::string ThreadNames(pid_t pid);

}  // namespace blooio::integration
