// Collects the mistakes of one configuration file, so that one run names all of
// them.
//
//   ConfigErrors errors("gateway.yaml");
//   errors.SetLine("server.listen", 3);
//   errors.Add("server.listen", "names no port");
//   return errors.ToStatus();   // gateway.yaml:3: server.listen: names no port
//
// A sentence may hold keys, types and numbers of the file, never a text of it:
// somebody may have pasted an API key in the wrong place.
//
// Thread-safety: none; one reader fills it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace blooio::gateway {

class ConfigErrors {
 public:
  // Mistakes that are shown; the others are only counted.
  static constexpr int kMaxShown = 20;

  // `file_name` is shown as it is.
  explicit ConfigErrors(std::string file_name) : file_name_(std::move(file_name)) {}

  // Remembers where the value at `path`, such as "accounts[0].name", stands.
  void SetLine(const std::string& path, int line) { lines_[path] = line; }
  // Line of `path`, or of the nearest section around it that has one, or 0.
  int LineOf(std::string path) const;

  // Adds a mistake of the value at `path`; an empty path is the whole file.
  void Add(const std::string& path, const std::string& sentence) { AddAt(LineOf(path), path, sentence); }
  // The same for a value that stands elsewhere than SetLine said.
  void AddAt(int line, const std::string& path, const std::string& sentence);

  bool empty() const { return count_ == 0; }
  // OK without a mistake, else kInvalidArgument whose message has one line for
  // each.
  absl::Status ToStatus() const;

 private:
  std::string file_name_;
  std::map<std::string, int> lines_;
  std::vector<std::string> shown_;
  int count_ = 0;
};

}  // namespace blooio::gateway
