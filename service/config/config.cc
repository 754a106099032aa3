#include "service/config/config.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/file_content.h"
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
  absl::StatusOr<std::string> text = ReadFileContent(path, kMaxYamlBytes);
  if (!text.ok()) return text.status();
  v1::GatewayConfig config;
  ConfigErrors errors(path);
  ReadYaml(*text, &config, &errors);
  // What is left of a misread file contradicts itself in ways that say nothing.
  if (errors.empty()) ValidateConfig(config, &errors);
  if (!errors.empty()) return errors.ToStatus();

  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return absl::UnknownError(absl::StrCat(path, ": has no absolute path (", error.message(), ")"));
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
