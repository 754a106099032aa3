#include "client/blooioctl/arguments.h"

#include <cstddef>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/str_replace.h"
#include "client/blooioctl/command_table.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Append;
using gateway::Cat;
using gateway::Piece;

std::string WithDashes(std::string_view name) { return absl::StrReplaceAll(Piece(name), {{"_", "-"}}); }

absl::CommandLineFlag* FindFlag(std::string_view name) {
  return absl::FindCommandLineFlag(absl::StrReplaceAll(Piece(name), {{"-", "_"}}));
}

const OptionSpec* FindOption(const CommandSpec* command, std::string_view name) {
  if (command == nullptr) return nullptr;
  for (const OptionSpec& option : command->options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

class Parser {
 public:
  explicit Parser(absl::Span<const std::string_view> arguments) : rest_(arguments) {}

  absl::StatusOr<Invocation> Parse() {
    while (!rest_.empty()) {
      const std::string_view token = Take();
      absl::Status status;
      if (token == "--" && !only_positionals_) {
        only_positionals_ = true;
      } else if (!only_positionals_ && (token == "-h" || token == "--help")) {
        result_.help = true;
      } else if (!only_positionals_ && token == "--version") {
        result_.version = true;
      } else if (!only_positionals_ && token.starts_with('-') && token.size() > 1) {
        status = ReadOption(token);
      } else {
        status = ReadWord(token);
      }
      if (!status.ok()) return status;
    }
    if (result_.help || result_.version) return std::move(result_);
    if (absl::Status status = CheckComplete(); !status.ok()) return status;
    return std::move(result_);
  }

 private:
  std::string_view Take() {
    const std::string_view token = rest_.front();
    rest_.remove_prefix(1);
    return token;
  }

  absl::Status ReadWord(std::string_view token) {
    if (command_ != nullptr) {
      result_.positionals.emplace_back(token);
      if (result_.positionals.size() <= command_->max_positionals) return absl::OkStatus();
      return absl::InvalidArgumentError(Cat("`", token, "` is one argument too many"));
    }
    Append(&words_, words_.empty() ? "" : " ", token);
    command_ = FindCommand(words_);
    if (command_ != nullptr) result_.command = words_;
    if (command_ != nullptr || BeginsCommand(words_)) return absl::OkStatus();
    return absl::InvalidArgumentError(Cat("there is no command `", words_, "`"));
  }

  absl::Status ReadOption(std::string_view token) {
    const size_t equals = token.find('=');
    const bool has_value = equals != std::string_view::npos;
    const std::string_view written = token.substr(0, equals);
    if (!written.starts_with("--")) return Unknown(written);
    const std::string name = WithDashes(written.substr(2));
    const OptionSpec* option = FindOption(command_, name);
    absl::CommandLineFlag* flag = option == nullptr ? FindFlag(name) : nullptr;
    if (option == nullptr && flag == nullptr) return Unknown(written);

    const bool is_switch = option != nullptr ? option->kind == OptionKind::kSwitch : flag->IsOfType<bool>();
    std::string_view value = is_switch ? "true" : "";
    if (has_value) {
      value = token.substr(equals + 1);
    } else if (!is_switch) {
      if (rest_.empty()) return absl::InvalidArgumentError(Cat(written, " needs a value"));
      value = Take();
    }
    return flag != nullptr ? SetFlag(*flag, written, value) : SetOption(*option, written, value);
  }

  absl::Status Unknown(std::string_view written) const {
    if (command_ == nullptr) {
      return absl::InvalidArgumentError(
          Cat("unknown flag ", written, " (a command's own options stand behind the command)"));
    }
    return absl::InvalidArgumentError(Cat("`", command_->words, "` has no option ", written));
  }

  static absl::Status SetFlag(absl::CommandLineFlag& flag, std::string_view written, std::string_view value) {
    std::string error;
    if (flag.ParseFrom(Piece(value), &error)) return absl::OkStatus();
    return absl::InvalidArgumentError(Cat(written, ": `", value, "` is no value for it"));
  }

  absl::Status SetOption(const OptionSpec& option, std::string_view written, std::string_view value) {
    if (option.kind == OptionKind::kSwitch && value != "true") {
      return absl::InvalidArgumentError(Cat(written, " takes no value"));
    }
    std::vector<std::string>& values = result_.options[std::string(option.name)];
    values.emplace_back(value);
    if (values.size() == 1 || option.kind == OptionKind::kRepeated) return absl::OkStatus();
    return absl::InvalidArgumentError(Cat(written, " is given twice"));
  }

  absl::Status CheckComplete() const {
    if (command_ == nullptr) {
      return absl::InvalidArgumentError(words_.empty() ? "which command?"
                                                       : Cat("`", words_, "` is not a whole command"));
    }
    if (result_.positionals.size() >= command_->min_positionals) return absl::OkStatus();
    return absl::InvalidArgumentError(Cat("`", command_->words, "` needs ", command_->positionals));
  }

  absl::Span<const std::string_view> rest_;
  bool only_positionals_ = false;
  std::string words_;
  const CommandSpec* command_ = nullptr;
  Invocation result_;
};

}  // namespace

std::optional<std::string> Invocation::Find(std::string_view option) const {
  const auto it = options.find(option);
  if (it == options.end()) return std::nullopt;
  return it->second.front();
}

std::vector<std::string> Invocation::All(std::string_view option) const {
  const auto it = options.find(option);
  return it == options.end() ? std::vector<std::string>() : it->second;
}

absl::StatusOr<Invocation> ParseArguments(absl::Span<const std::string_view> arguments) {
  return Parser(arguments).Parse();
}

}  // namespace blooio::client
