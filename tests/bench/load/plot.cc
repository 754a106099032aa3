#include "tests/bench/load/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/load/report.h"

namespace blooio::bench {
namespace {

constexpr double kWidth = 640, kHeight = 380;
constexpr double kLeft = 64, kRight = 180, kTop = 44, kBottom = 48;

// A contestant's place in the legend, and its colour.
constexpr std::array<std::pair<const char*, const char*>, 6> kColours = {{
    {kGateway, "#c62828"},
    {"A + B", "#1565c0"},
    {kNoOp, "#90caf9"},
    {kCurl, "#64b5f6"},
    {kNginx, "#757575"},
    {kGo, "#2e7d32"},
}};

// What one plot shows of each round; A + B where both were measured.
struct Quantity {
  const char* file;
  const char* title;
  const char* unit;
  double Sample::*member;
  bool logarithmic;
};
constexpr Quantity kQuantities[] = {
    {"cpu", "CPU time of one call", "us", &Sample::cpu_us, false},
    {"p50", "Latency of the median call", "us", &Sample::p50_us, true},
    {"p99", "Latency of all but the slowest 1 %", "us", &Sample::p99_us, true},
};

struct Line {
  const char* name;
  const char* colour;
  std::vector<std::pair<double, double>> points;
};

std::vector<Line> Lines(const std::vector<const Result*>& results, const Quantity& quantity) {
  std::vector<Line> lines;
  for (const auto& [name, colour] : kColours) {
    Line line{name, colour, {}};
    for (const Result* result : results) {
      const auto of = [&, name = std::string(name)](const Round& round) {
        if (name == "A + B") return round.at(kNoOp).*quantity.member + round.at(kCurl).*quantity.member;
        return round.contains(name) ? round.at(name).*quantity.member : 0.0;
      };
      const double value = Median(result->rounds, of);
      if (value > 0) line.points.emplace_back(result->what.in_flight, value);
    }
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

// From numbers to places on the page.
class Axes {
 public:
  Axes(const std::vector<Line>& lines, bool logarithmic) : logarithmic_(logarithmic) {
    for (const Line& line : lines) {
      for (const auto& [x, y] : line.points) {
        x_most_ = std::max(x_most_, std::log2(x));
        y_least_ = std::min(y_least_, y);
        y_most_ = std::max(y_most_, y);
      }
    }
    y_least_ = logarithmic ? std::pow(10, std::floor(std::log10(y_least_))) : 0;
    y_most_ = logarithmic ? std::pow(10, std::ceil(std::log10(y_most_))) : Round(y_most_ * 1.1);
  }

  double X(double x) const { return kLeft + std::log2(x) / x_most_ * (kWidth - kLeft - kRight); }
  double Y(double y) const {
    const double part =
        logarithmic_ ? std::log10(y / y_least_) / std::log10(y_most_ / y_least_) : y / y_most_;
    return kHeight - kBottom - part * (kHeight - kTop - kBottom);
  }
  std::vector<double> Ticks() const {
    std::vector<double> ticks;
    if (logarithmic_) {
      for (double y = y_least_; y <= y_most_ * 1.001; y *= 10) ticks.push_back(y);
    } else {
      for (int i = 0; i <= 5; ++i) ticks.push_back(y_most_ * i / 5);
    }
    return ticks;
  }

 private:
  // Up to a number with one digit, of five ticks.
  static double Round(double y) {
    const double digit = std::pow(10, std::floor(std::log10(y / 5)));
    return std::ceil(y / 5 / digit) * digit * 5;
  }

  const bool logarithmic_;
  double x_most_ = 1, y_least_ = 1e12, y_most_ = 0;
};

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

std::string Svg(const std::vector<const Result*>& results, const Quantity& quantity) {
  const std::vector<Line> lines = Lines(results, quantity);
  const Axes axes(lines, quantity.logarithmic);
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n",
      kWidth, kHeight, kWidth, kHeight);
  svg += Text(kLeft, 20, "start",
              absl::StrCat(quantity.title, ", ", quantity.unit, "; ",
                           results[0]->what.http2 ? "upstream: HTTP/2 over TLS" : "upstream: HTTP/1.1"));
  for (const double y : axes.Ticks()) {
    svg += absl::StrFormat("<line x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", kLeft,
                           kWidth - kRight, axes.Y(y), axes.Y(y));
    svg += Text(kLeft - 8, axes.Y(y) + 4, "end", absl::StrFormat("%g", y));
  }
  for (const Result* result : results) {
    svg += Text(axes.X(result->what.in_flight), kHeight - kBottom + 18, "middle",
                absl::StrCat(result->what.in_flight));
  }
  svg += Text((kLeft + kWidth - kRight) / 2, kHeight - 10, "middle", "calls in flight");
  double legend = kTop + 10;
  for (const Line& line : lines) {
    svg += absl::StrFormat("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", line.colour);
    for (const auto& [x, y] : line.points) absl::StrAppendFormat(&svg, "%.1f,%.1f ", axes.X(x), axes.Y(y));
    svg += "\"/>\n";
    for (const auto& [x, y] : line.points) {
      absl::StrAppendFormat(&svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", axes.X(x),
                            axes.Y(y), line.colour);
    }
    absl::StrAppendFormat(&svg, "<rect x=\"%g\" y=\"%g\" width=\"12\" height=\"4\" fill=\"%s\"/>\n",
                          kWidth - kRight + 14, legend - 6, line.colour);
    svg += Text(kWidth - kRight + 32, legend, "start", line.name);
    legend += 20;
  }
  return svg + "</svg>\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Plots(const std::vector<Result>& results) {
  std::vector<std::pair<std::string, std::string>> plots;
  for (const bool http2 : {false, true}) {
    std::vector<const Result*> some;
    for (const Result& result : results) {
      if (result.what.http2 == http2) some.push_back(&result);
    }
    if (some.empty()) continue;
    for (const Quantity& quantity : kQuantities) {
      plots.emplace_back(absl::StrCat(quantity.file, http2 ? "_http2.svg" : "_http1.svg"),
                         Svg(some, quantity));
    }
  }
  return plots;
}

}  // namespace blooio::bench
