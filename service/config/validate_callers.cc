#include "service/config/validate_callers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/service_account.h"
#include "service/config/mirrored_methods.h"

namespace blooio::gateway {
namespace {

// What a credential or a grant has to look like: all of it of these characters,
// which no shape below lets anything else follow.
bool IsAll(std::string_view text, bool (*is_one)(char)) {
  return std::all_of(text.begin(), text.end(), is_one);
}

bool IsDigest(std::string_view text) {
  return text.size() == 64 && IsAll(text, [](char c) { return absl::ascii_isxdigit(c); });
}

// SPIFFE-ID, section 2: trust domain, then a path.
bool IsSpiffeId(std::string_view text) {
  constexpr std::string_view kScheme = "spiffe://";
  return text.size() <= 2048 && text.starts_with(kScheme) && text.size() > kScheme.size() &&
         text[kScheme.size()] != '/' && !text.ends_with('/') &&
         IsAll(text, [](char c) { return absl::ascii_isgraph(c) && c != '?' && c != '#'; });
}

bool IsDnsName(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.back() != '.' &&
         IsAll(text, [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool IsPhoneNumber(std::string_view text) {
  return text.size() >= 3 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         IsAll(text.substr(1), [](char c) { return absl::ascii_isdigit(c); });
}

bool IsChannel(std::string_view text) {
  return !text.empty() && IsAll(text, [](char c) { return absl::ascii_isgraph(c); });
}

bool IsMethod(std::string_view text) {
  if (text == "*" || text == "reads") return true;
  return text.ends_with("/*") ? IsMirroredService(text.substr(0, text.size() - 2)) : IsMirroredMethod(text);
}

class CallersChecker {
 public:
  CallersChecker(const v1::GatewayConfig& config, ConfigErrors* errors) : config_(config), errors_(errors) {
    for (const v1::AccountConfig& account : config.accounts()) accounts_.insert(account.name());
  }

  void Check(const v1::CallerConfig& caller, const std::string& path) {
    CheckName(caller.name(), path + ".name");
    if (caller.token_sha256().empty() && caller.spiffe_ids().empty() && caller.dns_names().empty() &&
        caller.service_accounts().empty()) {
      errors_->Add(path,
                   "has no credential; give it token_sha256, spiffe_ids, dns_names or service_accounts");
    }
    CheckCredentials(caller.token_sha256(), path + ".token_sha256", IsDigest,
                     "has to be the 64 hex digits of a token's SHA-256");
    CheckCredentials(caller.spiffe_ids(), path + ".spiffe_ids", IsSpiffeId,
                     "has to be a SPIFFE id: spiffe://domain/path");
    CheckCredentials(caller.dns_names(), path + ".dns_names", IsDnsName,
                     "has to be a DNS name, without wildcards");
    CheckCredentials(caller.service_accounts(), path + ".service_accounts", IsServiceAccount,
                     "has to be system:serviceaccount:<namespace>:<name>, in lower case");
    const bool has_certificates = !caller.spiffe_ids().empty() || !caller.dns_names().empty();
    if (has_certificates && config_.server().tls().client_ca_file().empty()) {
      errors_->Add(path, "is known by certificates, so server.tls.client_ca_file has to be given");
    }
    if (!caller.service_accounts().empty() && !config_.has_service_account_tokens()) {
      errors_->Add(path + ".service_accounts", "need the section service_account_tokens");
    }
    CheckAccounts(caller, path);
    CheckEach(caller.methods(), path + ".methods", IsMethod,
              "is no method of this gateway; write package.Service/Method, package.Service/*, reads or *");
    CheckEach(caller.senders(), path + ".senders", IsPhoneNumber,
              "has to be a phone number such as +15551234567");
    CheckEach(caller.channels(), path + ".channels", IsChannel, "has to be a channel's id");
  }

 private:
  using Texts = google::protobuf::RepeatedPtrField<std::string>;

  void CheckName(const std::string& name, const std::string& path) {
    if (!IsName(name)) {
      errors_->Add(path, kNameRule);
    } else if (name == "anonymous") {
      errors_->Add(path, "is the name of callers without a credential; choose another");
    } else if (const auto [first, is_new] = names_.emplace(name, path); !is_new) {
      errors_->Add(path, absl::StrCat("is the same name as ", first->second));
    }
  }

  void CheckEach(const Texts& texts, const std::string& path, bool (*is_right)(std::string_view),
                 const char* rule) {
    for (int i = 0; i < texts.size(); ++i) {
      if (!is_right(texts[i])) errors_->Add(absl::StrCat(path, "[", i, "]"), rule);
    }
  }

  // One credential names one caller. Digests and DNS names know no case.
  void CheckCredentials(const Texts& texts, const std::string& path, bool (*is_right)(std::string_view),
                        const char* rule) {
    CheckEach(texts, path, is_right, rule);
    constexpr char kDigestOfNothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (int i = 0; i < texts.size(); ++i) {
      const std::string here = absl::StrCat(path, "[", i, "]");
      const bool exact = texts[i].starts_with("spiffe:");
      const std::string credential = exact ? texts[i] : absl::AsciiStrToLower(texts[i]);
      if (credential == kDigestOfNothing) errors_->Add(here, "is the digest of an empty token");
      if (const auto [first, is_new] = credentials_.emplace(credential, here); !is_new) {
        errors_->Add(here, absl::StrCat("is the same credential as ", first->second));
      }
    }
  }

  void CheckAccounts(const v1::CallerConfig& caller, const std::string& path) {
    std::set<std::string> seen;
    for (int i = 0; i < caller.accounts_size(); ++i) {
      const std::string here = absl::StrCat(path, ".accounts[", i, "]");
      if (!accounts_.contains(caller.accounts(i))) {
        errors_->Add(here, "names no account of this file");
      } else if (!seen.insert(caller.accounts(i)).second) {
        errors_->Add(here, "is given twice");
      }
    }
  }

  const v1::GatewayConfig& config_;
  ConfigErrors* const errors_;
  std::set<std::string> accounts_;
  // Where each was given first.
  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> credentials_;
};

}  // namespace

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= 63 && IsAll(name, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  });
}

void ValidateCallers(const v1::GatewayConfig& config, ConfigErrors* errors) {
  if (config.callers().empty() && !config.anonymous().enabled()) {
    errors->Add("anonymous.enabled",
                "is false and there are no callers, so nobody could call; add callers or set it to true");
  }
  CallersChecker checker(config, errors);
  for (int i = 0; i < config.callers_size(); ++i) {
    checker.Check(config.callers(i), absl::StrCat("callers[", i, "]"));
  }
}

}  // namespace blooio::gateway
