// A secret volume as the kubelet keeps it: dated folders, ..data, and a link for
// the file through it.
//
//   SecretVolume volume(folder.path() / "keys");
//   volume.Swap(key);   // keys/main holds it from here on
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace blooio::integration {

class SecretVolume {
 public:
  explicit SecretVolume(std::filesystem::path root) : root_(std::move(root)) {
    std::filesystem::create_directories(root_);
  }

  void Swap(const std::string& key) {
    const std::filesystem::path dated = absl::StrCat("..2026_11_21_", ++swaps_);
    std::filesystem::create_directory(root_ / dated);
    std::ofstream(root_ / dated / "main") << key;
    std::filesystem::create_directory_symlink(dated, root_ / "..data_tmp");
    std::filesystem::rename(root_ / "..data_tmp", root_ / "..data");
    if (!last_.empty()) std::filesystem::remove_all(root_ / last_);
    last_ = dated;
    if (swaps_ == 1) std::filesystem::create_symlink("..data/main", root_ / "main");
  }

 private:
  const std::filesystem::path root_;
  std::filesystem::path last_;
  int swaps_ = 0;
};

}  // namespace blooio::integration
