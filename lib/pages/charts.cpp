#include "pages/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace arrivald::pages {
namespace {

using Values = std::vector<std::optional<double>>;

constexpr double kWidth = 480, kHeight = 90;
constexpr double kGutter = 60;  // for the scale's texts, which are larger where the chart is narrow

std::string begin(std::string_view label, std::string_view value) {
  return fmt::format("<svg viewBox=\"-{:.0f} 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}{}{}\">", kGutter,
                     kWidth + kGutter + 8, kHeight, label, value.empty() ? "" : ": ", value);
}

// Of a chart with room for texts below it.
constexpr double kBelow = 26;

std::string beginAbove(std::string_view label) {
  return fmt::format("<svg viewBox=\"-{:.0f} 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", kGutter,
                     kWidth + kGutter + 8, kHeight + kBelow, label);
}

std::string endsBelow(const Ends& ends) {
  return fmt::format("<text class=\"from\" x=\"0\" y=\"{:.0f}\">{}</text>", kHeight + kBelow / 2, ends.from) +
         fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", kWidth, kHeight + kBelow / 2, ends.to);
}

// The line of a chart; a single value between two gaps has none: it becomes a dot.
template <class Scale>
std::string line(const Values& values, const Scale& scale) {
  std::string path, dots;
  bool open = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      open = false;
      continue;
    }
    const double x = scale.x(i), y = scale.y(*values[i]);
    path += fmt::format("{}{:.1f} {:.1f}", open ? "L" : "M", x, y);
    if (!open && (i + 1 == values.size() || !values[i + 1]))
      dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>", x, y);
    open = true;
  }
  return "<path class=\"rate\" d=\"" + path + "\"/><g class=\"rate\">" + dots + "</g>";
}

// From 0 to the next tenth above the highest value.
class ShareScale {
 public:
  explicit ShareScale(const Values& values) : count_(values.size()) {
    for (const auto& value : values)
      if (value) high_ = std::max(high_, *value);
    high_ = std::min(1.0, std::ceil(high_ * 10) / 10);
  }
  double high() const { return high_; }
  double x(std::size_t i) const {
    return count_ < 2 ? kWidth / 2 : kWidth * static_cast<double>(i) / static_cast<double>(count_ - 1);
  }
  double y(double value) const { return 6 + (kHeight - 12) * (1 - std::min(value, high_) / high_); }

 private:
  std::size_t count_;
  double high_ = 0.1;
};

// Coordinates of fractions. The scale reaches down to the lowest value, but at least to 90 %, so that a dip
// of a tenth of a percent does not look like a cliff.
class RateScale {
 public:
  explicit RateScale(const Values& values) : count_(values.size()) {
    for (const auto& value : values)
      if (value) low_ = std::min(low_, *value);
    low_ = std::floor(low_ * 10) / 10;
  }
  double low() const { return low_; }
  double x(std::size_t i) const {
    return count_ < 2 ? 0 : kWidth * static_cast<double>(i) / static_cast<double>(count_ - 1);
  }
  double y(double value) const {
    return 6 + (kHeight - 12) * (1 - (std::min(value, 1.0) - low_) / (1 - low_));
  }

 private:
  std::size_t count_;
  double low_ = 0.9;
};

std::string rateGrid(const RateScale& scale) {
  std::string svg;
  for (const double line : {1.0, (1 + scale.low()) / 2, scale.low()})
    svg += fmt::format(
        "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"-4\" "
        "y=\"{:.1f}\">{:.0f}%</text>",
        kWidth, scale.y(line), scale.y(line), scale.y(line) + 3.5, line * 100);
  return svg;
}

}  // namespace

std::string rateChart(const Values& values, std::string_view label, std::string_view last) {
  const RateScale scale(values);
  return begin(label, last) + rateGrid(scale) + line(values, scale) + "</svg>";
}

std::string shareChart(const Values& values, std::string_view label, std::string_view from,
                       std::string_view to) {
  const ShareScale scale(values);
  auto svg = beginAbove(label);
  for (const double mark : {scale.high(), scale.high() / 2, 0.0})
    svg += fmt::format(
        "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"-4\" "
        "y=\"{:.1f}\">{:.0f}%</text>",
        kWidth, scale.y(mark), scale.y(mark), scale.y(mark) + 3.5, mark * 100);
  svg += line(values, scale);
  return svg + endsBelow({from, to}) + "</svg>";
}

std::string barChart(const Values& values, std::string_view label, std::string_view max) {
  double highest = 1;
  for (const auto& value : values)
    if (value) highest = std::max(highest, *value);
  const double step = values.empty() ? kWidth : kWidth / static_cast<double>(values.size());
  std::string svg = begin(label, "");
  svg += fmt::format(
      "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.0f}\" y2=\"{:.0f}\"/><text x=\"-4\" "
      "y=\"12\">{}</text><text x=\"-4\" y=\"{:.0f}\">0</text>",
      kWidth, kHeight - 6, kHeight - 6, max, kHeight - 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double left = step * static_cast<double>(i) + 1;
    if (!values[i]) {
      svg += fmt::format("<rect class=\"gap\" x=\"{:.1f}\" y=\"6\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                         left, step - 2, kHeight - 12);
      continue;
    }
    const double height = (kHeight - 12) * *values[i] / highest;
    svg += fmt::format(
        "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\"/>", left,
        kHeight - 6 - height, step - 2, std::max(height, *values[i] > 0 ? 1.0 : 0.0));
  }
  return svg + "</svg>";
}

std::string stackedChart(const std::vector<StackedBar>& bars, std::string_view prefix, std::string_view label,
                         std::string_view max, Ends ends) {
  double highest = 1;
  for (const auto& bar : bars)
    highest = std::max(highest, std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0));
  const double step = bars.empty() ? kWidth : kWidth / static_cast<double>(bars.size());
  const double gap = std::min(2.0, step / 4);
  auto svg = beginAbove(label);
  svg += fmt::format(
      "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"6\" y2=\"6\"/>"
      "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.0f}\" y2=\"{:.0f}\"/><text x=\"-4\" "
      "y=\"12\">{}</text><text x=\"-4\" y=\"{:.0f}\">0</text>",
      kWidth, kWidth, kHeight - 6, kHeight - 6, max, kHeight - 3);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    double bottom = kHeight - 6;
    for (std::size_t part = 0; part < bars[i].parts.size(); ++part) {
      if (bars[i].parts[part] <= 0) continue;
      const double height = std::max(0.5, (kHeight - 12) * bars[i].parts[part] / highest);
      bottom -= height;
      svg +=
          fmt::format("<rect class=\"{}{}{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                      prefix, part, bars[i].faint ? " faint" : "", step * static_cast<double>(i) + gap / 2,
                      bottom, step - gap, height);
    }
  }
  return svg + endsBelow(ends) + "</svg>";
}

}  // namespace arrivald::pages
