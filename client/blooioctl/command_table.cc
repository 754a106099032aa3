#include "client/blooioctl/command_table.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "service/base/text.h"

namespace blooio::client {
namespace {

using gateway::Append;
using gateway::Cat;

using enum OptionKind;

constexpr OptionSpec kKey = {"key", kValue, "KEY", "Idempotency key: makes a repeat of the command safe."};

constexpr OptionSpec kGroupCreateOptions[] = {
    {"api", kValue, "v2|v4", "API version; default v4."},
    {"channel", kValue, "CH", "Channel to create the group on, ch_...; v4 only and required there."},
    {"name", kValue, "NAME", "Name of the group; required with v2."},
    {"member", kRepeated, "WHO", "Phone number (E.164) or e-mail address; once for each member."},
    {"chat-guid", kValue, "GUID", "Existing group chat to link; v2 only."},
    kKey,
};
constexpr OptionSpec kGroupListOptions[] = {
    {"limit", kValue, "N", "Most groups on a page, 1 to 200."},
    {"cursor", kValue, "CURSOR", "Where to go on: next_cursor of the page before."},
    {"all", kSwitch, "", "Follow the cursors to the last page; each page is a JSON document."},
};
constexpr OptionSpec kMessageSendOptions[] = {
    {"to", kValue, "WHOM", "+phone, e-mail address, several with commas, grp_... (v2) or chat_... (v4)."},
    {"text", kRepeated, "TEXT", "What to say; several are several messages (not to a chat_...)."},
    {"from", kValue, "+N", "Sender number (not to a chat_...)."},
    {"attachment", kRepeated, "URL", "Public HTTPS URL of a file (not to a chat_...)."},
    {"reply-to", kValue, "ID", "Message that this one answers: msg_... or a device GUID."},
    {"effect", kValue, "NAME", "iMessage effect, such as confetti."},
    {"dry-run", kSwitch, "", "Check and route only, send nothing (only to a chat_...)."},
    kKey,
};

constexpr CommandSpec kCommands[] = {
    {"call", "METHOD [JSON|@FILE|-]", 1, 2, "Calls any unary method, by default with {}.", {}},
    {"list", "", 0, 0, "Lists the methods the gateway offers.", {}},
    {"describe", "NAME", 1, 1, "Prints the proto text of a service, method, message or enum.", {}},
    {"group create", "", 0, 0, "Creates a group.", kGroupCreateOptions},
    {"group list", "", 0, 0, "Lists groups.", kGroupListOptions},
    {"group get", "GROUP_ID", 1, 1, "Reads one group.", {}},
    {"message send", "", 0, 0, "Sends a message.", kMessageSendOptions},
};

constexpr std::string_view kAbout =
    R"(blooioctl calls blooio-gateway from the command line.

METHOD is Service/Method or Service.Method; as much of its front as keeps it unique may be
left out: ListGroups, v4.GroupsService/ListGroups and blooio.v4.GroupsService/ListGroups.
Replies are proto JSON on stdout; everything else is on stderr.

)";

constexpr std::string_view kExitCodes = R"(
Exit codes:
  0  the call ended OK
  1  the call ended in an error, which stderr describes
  2  the command line or the request is wrong; nothing was called
  3  the gateway could not be reached, or it offers no server reflection
)";

void AppendOption(std::string& out, std::string_view name, std::string_view value, std::string_view help) {
  absl::StrAppendFormat(&out, "      %-20s %s\n", Cat("--", name, value.empty() ? "" : " ", value), help);
}

void AppendCommand(std::string& out, const CommandSpec& command) {
  Append(&out, "  blooioctl ", command.words, command.positionals.empty() ? "" : " ", command.positionals,
         command.options.empty() ? "" : " [options]", "\n      ", command.help, "\n");
  for (const OptionSpec& option : command.options) AppendOption(out, option.name, option.value, option.help);
}

void AppendFlags(std::string& out) {
  std::map<std::string, absl::CommandLineFlag*> sorted;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (flag->Filename().ends_with("blooioctl/flags.cc")) {
      sorted[absl::StrReplaceAll(name, {{"_", "-"}})] = flag;
    }
  }
  for (const auto& [name, flag] : sorted) {
    const std::string initial = flag->DefaultValue();
    const bool tell = !initial.empty() && !flag->IsOfType<bool>();
    AppendOption(out, name, flag->IsOfType<bool>() ? "" : "VALUE",
                 tell ? Cat(flag->Help(), " Default ", initial, ".") : flag->Help());
  }
}

}  // namespace

const CommandSpec* FindCommand(std::string_view words) {
  const auto* it = std::ranges::find(kCommands, words, &CommandSpec::words);
  return it == std::end(kCommands) ? nullptr : it;
}

bool BeginsCommand(std::string_view words) {
  const std::string prefix = Cat(words, " ");
  return std::ranges::any_of(kCommands, [&](const CommandSpec& c) { return c.words.starts_with(prefix); });
}

std::string HelpText(std::string_view command) {
  std::string out;
  if (command.empty()) Append(&out, kAbout);
  Append(&out, "Usage:\n");
  for (const CommandSpec& spec : kCommands) {
    if (command.empty() || spec.words == command) AppendCommand(out, spec);
  }
  Append(&out, "\nFlags of every command:\n");
  AppendFlags(out);
  AppendOption(out, "help", "", "Show this, or the help of the command that stands there.");
  AppendOption(out, "version", "", "Show the version.");
  if (command.empty()) Append(&out, kExitCodes);
  return out;
}

}  // namespace blooio::client
