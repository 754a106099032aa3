// A file that exists in memory alone and changes as a whole: for libraries that
// want a path, to content that must not be seen half-written or on a disk.
//
//   MemoryFile file("certificate");
//   absl::Status written = file.Replace(pem);
//   Open(file.path());        // "/proc/self/fd/7", in this process only
//
// Thread-safe towards readers of the path; Replace is called by one thread at a
// time. The path is good while the object lives.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/file_descriptor.h"

namespace blooio::gateway {

class MemoryFile {
 public:
  // `name` shows in /proc only.
  explicit MemoryFile(std::string name) : name_(std::move(name)) {}

  // Whoever opens the path from here on finds `content`; whoever has opened it
  // before goes on with what was there. Every version has a modification time of
  // its own, in whole seconds, by which readers notice that it changed.
  absl::Status Replace(std::string_view content);

  // "" before the first Replace.
  const std::string& path() const { return path_; }

 private:
  const std::string name_;
  FileDescriptor file_;
  std::string path_;
  int versions_ = 0;
};

}  // namespace blooio::gateway
