// Temporary files of the configuration's tests.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace blooio::gateway {

// Path of a file below a folder that only this process uses.
inline std::string TempPath(const std::string& name) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("config_test." + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

// Writes the file and returns its path.
inline std::string WriteTempFile(const std::string& name, const std::string& content) {
  const std::string path = TempPath(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace blooio::gateway
