#include "service/config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace blooio::gateway {
namespace {

// Knows only where the last document began.
class DocumentStart : public YAML::EventHandler {
 public:
  int line() const { return line_; }

  void OnDocumentStart(const YAML::Mark& mark) override { line_ = LineOf(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

 private:
  int line_ = 0;
};

// Line of the second document, or 0. YAML::LoadAll would not return from a text
// such as ",": yaml-cpp takes it for a document, but not off the text.
int SecondDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart start;
  const bool more = parser.HandleNextDocument(start) && parser.HandleNextDocument(start);
  return more ? start.line() : 0;
}

}  // namespace

std::optional<YAML::Node> ParseYaml(std::string_view text, ConfigErrors* errors) {
  if (text.size() > kMaxYamlBytes) {
    errors->Add("", absl::StrCat("is longer than ", kMaxYamlBytes, " bytes"));
    return std::nullopt;
  }
  try {
    const std::string copy(text);
    if (const int line = SecondDocument(copy); line > 0) {
      errors->AddAt(line, "", "has more than one YAML document");
      return std::nullopt;
    }
    return YAML::Load(copy);
  } catch (const YAML::Exception& error) {
    // Behind a colon, yaml-cpp quotes the text.
    errors->AddAt(LineOf(error.mark), "",
                  absl::StrCat("is not valid YAML: ", error.msg.substr(0, error.msg.find(':'))));
    return std::nullopt;
  }
}

int LineOf(const YAML::Mark& mark) { return std::max(mark.line, 0) + 1; }

}  // namespace blooio::gateway
