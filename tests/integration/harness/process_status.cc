#include "tests/integration/harness/process_status.h"

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"

namespace blooio::integration {

int64_t StatusField(pid_t pid, const std::string& name) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1));
  }
  return -1;
}

std::string ThreadNames(pid_t pid) {
  std::map<std::string, int> names;
  for (const auto& task : std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    std::getline(file, name);
    ++names[name];
  }
  std::string text;
  for (const auto& [name, count] : names) absl::StrAppend(&text, name, " x", count, " ");
  return text;
}

}  // namespace blooio::integration
