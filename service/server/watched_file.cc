#include "service/server/watched_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "service/base/digest.h"
#include "service/base/file_content.h"
#include "service/base/text.h"
#include "service/telemetry/log.h"

namespace blooio::gateway {

class WatchedFile::State {
 public:
  State(std::string name, std::vector<std::string> paths, Load load)
      : name_(std::move(name)), paths_(std::move(paths)), load_(std::move(load)) {}

  const std::vector<std::string>& paths() const { return paths_; }

  absl::Status Begin(Telemetry& telemetry) {
    if (absl::Status status = Read(); !status.ok()) {
      return absl::Status(status.code(), Cat(name_, ": ", std::string(status.message())));
    }
    meter_.emplace(telemetry.files().Meter(name_));
    return absl::OkStatus();
  }

  void Look() {
    const std::vector<Digest> before = loaded_;
    const absl::Status status = Read();
    const std::string problem(status.message());
    if (!status.ok() && problem != complaint_) {
      Log(LogLevel::kError, "file_refused",
          {{"setting", name_},
           {"problem", problem},
           {"effect", "the gateway goes on with the last good one"}});
    } else if (status.ok() && (loaded_ != before || !complaint_.empty())) {
      Log(LogLevel::kInfo, "file_loaded", {{"setting", name_}, {"file", absl::StrJoin(paths_, ", ")}});
    }
    meter_->SetRefused(!status.ok());
    complaint_ = problem;
  }

 private:
  // Takes the files over, unless they read as they did.
  absl::Status Read() {
    std::vector<SecretString> texts;
    std::vector<Digest> digests;
    for (const std::string& path : paths_) {
      absl::StatusOr<SecretString> text = ReadSecretFile(path, kMostBytes);
      if (!text.ok()) return text.status();
      if (text->size() > kMostBytes) {
        return absl::InvalidArgumentError(Cat(path, ": is longer than ", kMostBytes, " bytes"));
      }
      texts.push_back(*std::move(text));
      digests.push_back(Sha256(texts.back().Reveal()));
    }
    if (digests == loaded_) return absl::OkStatus();
    std::vector<std::string_view> contents(texts.size());
    std::transform(texts.begin(), texts.end(), contents.begin(),
                   [](const SecretString& text) { return text.Reveal(); });
    if (absl::Status status = load_(contents); !status.ok()) return status;
    loaded_ = std::move(digests);
    return absl::OkStatus();
  }

  const std::string name_;
  const std::vector<std::string> paths_;
  const Load load_;
  std::vector<Digest> loaded_;
  // What was last said to be wrong, so that each poll does not say it again.
  std::string complaint_;
  std::optional<FileMeter> meter_;
};

WatchedFile::WatchedFile(std::unique_ptr<State> state, FileWatcher& files)
    : state_(std::move(state)), watch_(files.Add(state_->paths(), [look = state_.get()] { look->Look(); })) {}
WatchedFile::WatchedFile(WatchedFile&&) noexcept = default;
WatchedFile::~WatchedFile() = default;

absl::StatusOr<WatchedFile> WatchedFile::Open(std::string name, std::vector<std::string> paths,
                                              FileWatcher& files, Telemetry& telemetry, Load load) {
  auto state = std::make_unique<State>(std::move(name), std::move(paths), std::move(load));
  if (absl::Status status = state->Begin(telemetry); !status.ok()) return status;
  return WatchedFile(std::move(state), files);
}

}  // namespace blooio::gateway
