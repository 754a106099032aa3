#include "service/config/config_errors.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace blooio::gateway {

int ConfigErrors::LineOf(std::string path) const {
  while (true) {
    if (const auto line = lines_.find(path); line != lines_.end()) return line->second;
    if (path.empty()) return 0;
    const size_t section_end = path.find_last_of(".[");
    path.resize(section_end == std::string::npos ? 0 : section_end);
  }
}

void ConfigErrors::AddAt(int line, const std::string& path, const std::string& sentence) {
  if (++count_ > kMaxShown) return;
  std::string text = file_name_;
  if (line > 0) absl::StrAppend(&text, ":", line);
  if (!path.empty()) absl::StrAppend(&text, ": ", path);
  absl::StrAppend(&text, ": ", sentence);
  shown_.push_back(std::move(text));
}

absl::Status ConfigErrors::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::string text = absl::StrJoin(shown_, "\n");
  if (count_ > kMaxShown) {
    absl::StrAppend(&text, "\n", file_name_, ": and ", count_ - kMaxShown, " more mistakes");
  }
  return absl::InvalidArgumentError(text);
}

}  // namespace blooio::gateway
