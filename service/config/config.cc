#include "service/config/config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/config_errors.h"
#include "service/config/defaults.h"
#include "service/config/validate.h"
#include "service/config/yaml_document.h"
#include "service/config/yaml_reader.h"
#include "service/config/yaml_writer.h"

namespace blooio::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kSandboxV2[] = "http://127.0.0.1:4080/v2/api";
constexpr char kSandboxV4[] = "http://127.0.0.1:4080/v4";

absl::Status SystemError(int error, const std::string& path) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat(path, ": cannot be read (", std::generic_category().message(error), ")"));
}

// Stops soon after the size that ReadYaml refuses.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  // Non-blocking, so that a pipe without a writer is refused and not waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(errno, path);
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError(errno, path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": is not a regular file"));
  }
  std::string text;
  std::array<char, 65536> chunk;
  while (text.size() <= kMaxYamlBytes) {
    const ssize_t count = read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, path);
    if (count == 0) break;
    text.append(chunk.data(), static_cast<size_t>(count));
  }
  return text;
}

// Makes every "..._file" of the message and of the sections in it absolute.
void ResolvePaths(const std::filesystem::path& folder, Message* message) {
  const auto& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) ResolvePaths(folder, reflection.MutableMessage(message, field));
      for (int i = 0; field->is_repeated() && i < reflection.FieldSize(*message, field); ++i) {
        ResolvePaths(folder, reflection.MutableRepeatedMessage(message, field, i));
      }
    } else if (absl::EndsWith(field->name(), "_file")) {
      // An absolute path replaces the folder.
      reflection.SetString(message, field, (folder / reflection.GetString(*message, field)).string());
    }
  }
}

void TrimSlashes(std::string* url) {
  while (url->ends_with('/')) url->pop_back();
}

}  // namespace

absl::StatusOr<v1::GatewayConfig> LoadConfig(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  v1::GatewayConfig config;
  ConfigErrors errors(path);
  ReadYaml(*text, &config, &errors);
  // What is left of a misread file contradicts itself in ways that say nothing.
  if (errors.empty()) ValidateConfig(config, &errors);
  if (!errors.empty()) return errors.ToStatus();

  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return SystemError(error.value(), path);
  ResolvePaths(absolute.parent_path(), &config);
  for (v1::AccountConfig& account : *config.mutable_accounts()) {
    TrimSlashes(account.mutable_v2()->mutable_base_url());
    TrimSlashes(account.mutable_v4()->mutable_base_url());
  }
  return config;
}

v1::GatewayConfig LocalConfig() {
  v1::GatewayConfig config;
  ApplyDefaults(&config);
  config.mutable_anonymous()->set_enabled(true);
  v1::AccountConfig& account = *config.add_accounts();
  ApplyDefaults(&account);
  account.set_name("main");
  account.mutable_v2()->set_base_url(kSandboxV2);
  account.mutable_v4()->set_base_url(kSandboxV4);
  return config;
}

std::string ToYaml(const v1::GatewayConfig& config) { return WriteYaml(config); }

}  // namespace blooio::gateway
