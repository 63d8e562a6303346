// charts: small SVG charts of values over time, oldest first. Pure. Unknown values are gaps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::pages {

/// A line chart of fractions from 0 to 1. `label` names them, as HTML; `last` is the newest known value as
/// text.
std::string rateChart(const std::vector<std::optional<double>>& values, std::string_view label,
                      std::string_view last);
/// A line chart of fractions from 0 up to the highest. `from` and `to` stand below its ends, as text.
std::string shareChart(const std::vector<std::optional<double>>& values, std::string_view label,
                       std::string_view from, std::string_view to);
/// A bar chart from 0; `max` is the largest value as text.
std::string barChart(const std::vector<std::optional<double>>& values, std::string_view label,
                     std::string_view max);

/// One bar of several parts, the first at the bottom; a faint one may still grow.
struct StackedBar {
  std::vector<double> parts;
  bool faint = false;
};
/// What stands below the ends of a chart, as text.
struct Ends {
  std::string_view from, to;
};
/// The parts have the classes `prefix`0, `prefix`1, …; `max` is the height of the highest bar as text.
std::string stackedChart(const std::vector<StackedBar>& bars, std::string_view prefix, std::string_view label,
                         std::string_view max, Ends ends);

}  // namespace arrivald::pages
