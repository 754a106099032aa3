#include "service/server/watched_file.h"

#include <utility>

#include "service/base/file_content.h"
#include "service/base/text.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {
namespace {

struct State {
  std::string name;
  std::string path;
  WatchedFile::Load load;
  std::string loaded;
  // What was last said to be wrong, so that each poll does not say it again.
  std::string complaint;

  absl::Status Read() {
    absl::StatusOr<std::string> content = ReadFileContent(path, WatchedFile::kMostBytes);
    if (!content.ok()) return content.status();
    if (*content == loaded) return absl::OkStatus();
    if (content->size() > WatchedFile::kMostBytes) {
      return absl::InvalidArgumentError(Cat(path, ": is longer than ", WatchedFile::kMostBytes, " bytes"));
    }
    if (absl::Status status = load(*content); !status.ok()) {
      return absl::Status(status.code(), Cat(path, ": ", std::string(status.message())));
    }
    loaded = *std::move(content);
    return absl::OkStatus();
  }

  void Look() {
    const std::string before = loaded;
    const absl::Status status = Read();
    const std::string now = std::string(status.message());
    if (!status.ok() && now != complaint) {
      Log(LogLevel::kError, "file_refused",
          {{"setting", name}, {"problem", now}, {"effect", "the gateway goes on with the last good one"}});
    } else if (status.ok() && (loaded != before || !complaint.empty())) {
      Log(LogLevel::kInfo, "file_loaded", {{"setting", name}, {"file", path}});
    }
    complaint = now;
  }
};

}  // namespace

absl::StatusOr<WatchedFile> WatchedFile::Open(std::string name, std::string path, FileWatcher& files,
                                              Load load) {
  auto state = std::make_unique<State>(State{std::move(name), std::move(path), std::move(load), "", ""});
  if (absl::Status status = state->Read(); !status.ok()) {
    return absl::Status(status.code(), Cat(state->name, ": ", std::string(status.message())));
  }
  std::vector<std::string> paths = {state->path};
  return WatchedFile(files.Add(std::move(paths), [state = std::move(state)] { state->Look(); }));
}

}  // namespace blooio::gateway
