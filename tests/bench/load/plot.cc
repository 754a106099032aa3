#include "tests/bench/load/plot.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/load/report.h"

namespace blooio::bench {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 72, kRight = 190, kTop = 64, kBottom = 56;

// How a contestant is drawn: colours that colour-blind people tell apart, the gateway in
// front, the parts of the floor in dashes.
struct Style {
  const char* contestant;
  const char* label;
  const char* colour;
  double width;
  const char* dashes;
};
constexpr char kFloor[] = "A + B";
// The last is drawn last, over all others.
constexpr Style kStyles[] = {
    {kNoOp, "A: no-op gRPC server", "#56b4e9", 1.5, "2 4"},
    {kCurl, "B: bare libcurl loop", "#56b4e9", 1.5, "7 4"},
    {kNginx, kNginx, "#757575", 1.5, "none"},
    {kGo, kGo, "#009e73", 2, "none"},
    {kFloor, "A + B: the floor", "#0072b2", 2.5, "none"},
    {kGateway, kGateway, "#d55e00", 3.5, "none"},
};

// What one plot shows of each round; A + B where both were measured.
struct Quantity {
  const char* file;
  const char* title;
  double Sample::*member;
  bool logarithmic;
};
constexpr Quantity kQuantities[] = {
    {"cpu", "CPU time that one call takes", &Sample::cpu_us, false},
    {"p50", "Time until half of the calls are answered", &Sample::p50_us, true},
    {"p99", "Time until 99 of 100 calls are answered", &Sample::p99_us, true},
};

struct Line {
  Style style;
  std::vector<std::pair<double, double>> points;
};

double ValueOf(const Round& round, const std::string& name, double Sample::*member) {
  if (name == kFloor) {
    const double no_op = ValueOf(round, kNoOp, member), curl = ValueOf(round, kCurl, member);
    return no_op > 0 && curl > 0 ? no_op + curl : 0;
  }
  return round.contains(name) ? round.at(name).*member : 0;
}

std::vector<Line> Lines(const std::vector<const Result*>& results, const Quantity& quantity) {
  std::vector<Line> lines;
  for (const Style& style : kStyles) {
    Line line{style, {}};
    for (const Result* result : results) {
      const double value = Median(result->rounds, [&](const Round& round) {
        return ValueOf(round, style.contestant, quantity.member);
      });
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
    if (!logarithmic) {
      step_ = FromOneTwoFive(y_most_ / 5);
      y_least_ = 0;
      y_most_ = std::ceil(y_most_ * 1.02 / step_) * step_;
      return;
    }
    const double least = y_least_;
    for (const double tick : OneTwoFive()) {
      if (tick <= least) y_least_ = tick;
    }
    y_most_ = FromOneTwoFive(y_most_);
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
      for (const double y : OneTwoFive()) {
        if (y >= y_least_ && y <= y_most_) ticks.push_back(y);
      }
    } else {
      for (double y = 0; y <= y_most_; y += step_) ticks.push_back(y);
    }
    return ticks;
  }

 private:
  // 1 us to 500 s.
  static std::vector<double> OneTwoFive() {
    std::vector<double> numbers;
    for (double ten = 1; ten < 1e9; ten *= 10) {
      for (const double digit : {1, 2, 5}) numbers.push_back(ten * digit);
    }
    return numbers;
  }
  // The least of them that is no less.
  static double FromOneTwoFive(double y) {
    const std::vector<double> numbers = OneTwoFive();
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), y);
    return found == numbers.end() ? y : *found;
  }

  const bool logarithmic_;
  double x_most_ = 1, y_least_ = 1e12, y_most_ = 0, step_ = 0;
};

std::string Text(double x, double y, const std::string& text, const char* attributes) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, text);
}

// "50 µs", "2 ms", "10 s".
std::string Time(double us) {
  if (us == 0) return "0";
  if (us < 1e3) return absl::StrFormat("%g µs", us);
  if (us < 1e6) return absl::StrFormat("%g ms", us / 1e3);
  return absl::StrFormat("%g s", us / 1e6);
}

std::string Grid(const std::vector<const Result*>& results, const Axes& axes) {
  std::string svg;
  for (const double y : axes.Ticks()) {
    absl::StrAppendFormat(&svg, "<line x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e0e0e0\"/>\n",
                          kLeft, kWidth - kRight, axes.Y(y), axes.Y(y));
    svg += Text(kLeft - 10, axes.Y(y) + 4, Time(y), "text-anchor=\"end\" fill=\"#555555\"");
  }
  for (const Result* result : results) {
    svg += Text(axes.X(result->what.in_flight), kHeight - kBottom + 20, absl::StrCat(result->what.in_flight),
                "text-anchor=\"middle\" fill=\"#555555\"");
  }
  return svg + Text((kLeft + kWidth - kRight) / 2, kHeight - 12, "calls in flight at once",
                    "text-anchor=\"middle\"");
}

std::string Curve(const Line& line, const Axes& axes) {
  std::string svg = absl::StrFormat(
      "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" stroke-dasharray=\"%s\" points=\"",
      line.style.colour, line.style.width, line.style.dashes);
  for (const auto& [x, y] : line.points) absl::StrAppendFormat(&svg, "%.1f,%.1f ", axes.X(x), axes.Y(y));
  svg += "\"/>\n";
  for (const auto& [x, y] : line.points) {
    absl::StrAppendFormat(&svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\"/>\n", axes.X(x),
                          axes.Y(y), line.style.width + 0.5, line.style.colour);
  }
  return svg;
}

// Each line's name where the line ends, or as near as the others let it be.
std::string Labels(std::vector<Line> lines, const Axes& axes) {
  constexpr double kApart = 19;
  const auto end = [&axes](const Line& line) { return axes.Y(line.points.back().second); };
  std::sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) { return end(a) < end(b); });
  std::vector<double> places;
  places.reserve(lines.size());
  for (const Line& line : lines) {
    places.push_back(places.empty() ? end(line) : std::max(end(line), places.back() + kApart));
  }
  double most = kHeight - kBottom;
  for (size_t i = places.size(); i-- > 0; most = places[i] - kApart) places[i] = std::min(places[i], most);
  std::string svg;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Style& style = lines[i].style;
    const double x = axes.X(lines[i].points.back().first);
    absl::StrAppendFormat(&svg,
                          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                          "stroke-width=\"0.7\"/>\n",
                          x + 6, kWidth - kRight + 30, end(lines[i]), places[i], style.colour);
    svg += Text(kWidth - kRight + 34, places[i] + 4, style.label,
                std::string(style.contestant) == kGateway ? "font-weight=\"bold\"" : "");
  }
  return svg;
}

std::string Svg(const std::vector<const Result*>& results, const Quantity& quantity) {
  const std::vector<Line> lines = Lines(results, quantity);
  const Axes axes(lines, quantity.logarithmic);
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" "
      "font-size=\"12.5\">\n<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n",
      kWidth, kHeight, kWidth, kHeight);
  svg += Text(16, 24, quantity.title, "font-size=\"16\" font-weight=\"bold\"");
  svg += Text(16, 43,
              absl::StrCat("less is better; the upstream speaks ",
                           results[0]->what.http2 ? "HTTP/2 over TLS" : "HTTP/1.1",
                           quantity.logarithmic ? "; each line up is 2 to 2.5 times the one below" : ""),
              "fill=\"#555555\"");
  svg += Grid(results, axes);
  for (const Line& line : lines) svg += Curve(line, axes);
  return svg + Labels(lines, axes) + "</svg>\n";
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
