#include "service/config/setting_names.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"

namespace blooio::gateway {
namespace {

// Letters to insert, delete or replace to get from one text to the other.
size_t EditDistance(const std::string& from, const std::string& to) {
  // Distances of the part of `from` read so far to every beginning of `to`.
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

bool HasNameNear(const std::string& key, const google::protobuf::Descriptor& section) {
  constexpr size_t kMostWrong = 2;
  for (int i = 0; i < section.field_count(); ++i) {
    const std::string& name = section.field(i)->name();
    // Lengths first, which tell most of them apart.
    if (name.size() > key.size() + kMostWrong || key.size() > name.size() + kMostWrong) continue;
    if (EditDistance(key, name) <= kMostWrong) return true;
  }
  return false;
}

bool IsShortWord(const std::string& key) {
  constexpr size_t kTooLong = 16;
  return !key.empty() && key.size() < kTooLong &&
         std::all_of(key.begin(), key.end(), [](char c) { return absl::ascii_islower(c) || c == '_'; });
}

}  // namespace

bool MayBeShown(const std::string& key, const google::protobuf::Descriptor& section) {
  const auto is_name_character = [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  };
  if (key.empty() || !std::all_of(key.begin(), key.end(), is_name_character)) return false;
  if (IsShortWord(key)) return true;
  const std::string lower = absl::AsciiStrToLower(key);
  if (HasNameNear(lower, section)) return true;
  const google::protobuf::FileDescriptor& file = *section.file();
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (HasNameNear(lower, *file.message_type(i))) return true;
  }
  return false;
}

std::string NearestName(const std::string& key, const google::protobuf::Descriptor& section) {
  std::string nearest;
  // A third of the letters may be wrong, but always one.
  size_t limit = std::max<size_t>(1, key.size() / 3);
  for (int i = 0; i < section.field_count(); ++i) {
    const std::string& name = section.field(i)->name();
    const size_t distance = EditDistance(absl::AsciiStrToLower(key), name);
    if (distance > limit || (distance == limit && !nearest.empty())) continue;
    limit = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace blooio::gateway
