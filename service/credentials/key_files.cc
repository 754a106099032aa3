#include "service/credentials/key_files.h"

#include <utility>

#include "service/base/digest.h"
#include "service/credentials/key_file.h"

namespace blooio::gateway {

using Event = KeyFileNews::Event;

absl::StatusOr<std::unique_ptr<KeyFiles>> KeyFiles::Open(Paths paths, AccountKeys& keys, Tell tell) {
  std::unique_ptr<KeyFiles> files(new KeyFiles(std::move(paths), keys, std::move(tell)));
  auto& [current, next] = files->files_;
  if (current.path.empty()) {
    files->keys_.Load(KeySlot::kCurrent, SecretString(std::string(kSandboxKey)));
  } else {
    absl::StatusOr<SecretString> key = ReadKeyFile(current.path);
    if (!key.ok()) return key.status();
    files->Take(current, *std::move(key));
  }
  if (!next.path.empty()) files->Take(next, ReadKeyFile(next.path));
  return files;
}

KeyFiles::KeyFiles(Paths paths, AccountKeys& keys, Tell tell)
    : keys_(keys),
      tell_(std::move(tell)),
      files_{File{.slot = KeySlot::kCurrent, .path = std::move(paths.current)},
             File{.slot = KeySlot::kNext, .path = std::move(paths.next)}} {}

std::vector<std::string> KeyFiles::paths() const {
  std::vector<std::string> paths;
  for (const File& file : files_) {
    if (!file.path.empty()) paths.push_back(file.path);
  }
  return paths;
}

void KeyFiles::Look() {
  for (File& file : files_) {
    if (file.path.empty()) continue;
    absl::StatusOr<SecretString> key = ReadKeyFile(file.path);
    const std::string found =
        key.ok() ? Fingerprint(Sha256(key->Reveal())) : std::string(key.status().message());
    if (std::exchange(file.found, found) == found) Take(file, std::move(key));
  }
}

// Takes up what the file holds, and tells of it if that is news.
void KeyFiles::Take(File& file, absl::StatusOr<SecretString> key) {
  if (!key.ok()) return Keep(file, key.status());
  const std::string fingerprint = Fingerprint(Sha256(key->Reveal()));
  const bool was_bad = !std::exchange(file.problem, "").empty();
  file.present = true;
  if (keys_.Load(file.slot, *std::move(key))) {
    tell_({Event::kLoaded, file.slot, fingerprint, ""});
  } else if (was_bad) {
    tell_({Event::kGoodAgain, file.slot, fingerprint, ""});
  }
}

void KeyFiles::Keep(File& file, const absl::Status& status) {
  if (file.slot == KeySlot::kNext && absl::IsNotFound(status)) {
    keys_.Gone(file.slot);
    const bool was_bad = !std::exchange(file.problem, "").empty();
    if (std::exchange(file.present, false) || was_bad) tell_({Event::kGone, file.slot, "", ""});
    return;
  }
  const std::string problem(status.message());
  if (std::exchange(file.problem, problem) != problem) tell_({Event::kKept, file.slot, "", problem});
}

}  // namespace blooio::gateway
