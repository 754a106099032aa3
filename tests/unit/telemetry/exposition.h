// A strict reader of Prometheus' text format 0.0.4, for tests: what is not
// exactly so is an error, with its line.
#pragma once

#include <map>
#include <string>

namespace blooio::testing {

struct Exposition {
  // `name{a="x",b="y"}`, labels in the order of their names, to its value.
  std::map<std::string, double> samples;
  // Family to "counter", "gauge", "histogram" or "summary".
  std::map<std::string, std::string> types;
  // Empty when all of it is right.
  std::string error;

  // The value of a sample; 0 when there is none.
  double operator[](const std::string& sample) const {
    const auto found = samples.find(sample);
    return found == samples.end() ? 0 : found->second;
  }
  // How many samples a name has.
  size_t Count(const std::string& name) const;
  // The sum of the values of a name's samples that have this text in them.
  double Sum(const std::string& name, const std::string& with = "") const;
};

Exposition ReadExposition(const std::string& text);

}  // namespace blooio::testing
