#include "service/base/path_trail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

namespace blooio::gateway {
namespace {

constexpr int kMaxLinks = 40;  // as Linux
constexpr int kMaxSteps = 512;

std::string Join(const std::string& folder, const std::string& name) {
  return absl::StrCat(folder, folder == "/" ? "" : "/", name);
}

// Puts the parts of `path` on `parts`, the first one last.
void PushParts(std::string_view path, std::vector<std::string>& parts) {
  while (!path.empty()) {
    const size_t slash = path.rfind('/');
    const size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view part = path.substr(begin);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path = path.substr(0, begin == 0 ? 0 : slash);
  }
}

// Where a symbolic link leads; empty for everything else.
std::string LinkTarget(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : "";
}

bool IsFolder(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

void WalkPath(const std::string& path,
              absl::FunctionRef<void(const std::string& folder, const std::string& name)> visit) {
  std::string folder(1, path.starts_with('/') ? '/' : '.');
  std::vector<std::string> parts;
  PushParts(path, parts);
  int links = 0;
  for (int step = 0; step < kMaxSteps && !parts.empty(); ++step) {
    const std::string name = parts.back();
    parts.pop_back();
    // What was walked so far holds no links, so this is the parent.
    if (name == "..") {
      folder = Join(folder, name);
      continue;
    }
    visit(folder, name);
    const std::string here = Join(folder, name);
    if (const std::string target = LinkTarget(here); !target.empty()) {
      if (++links > kMaxLinks) return;
      if (target.starts_with('/')) folder.assign(1, '/');
      PushParts(target, parts);
    } else if (!parts.empty()) {
      if (!IsFolder(here)) return;
      folder = here;
    }
  }
}

}  // namespace blooio::gateway
