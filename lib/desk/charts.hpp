// charts: small SVG pictures of values over time, oldest first. Pure; what is not known is a gap.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::desk {

/// A line of shares from 0 to 1. `label` says what they are, as HTML; `last` is the newest known value in
/// words.
std::string rateChart(const std::vector<std::optional<double>>& values, std::string_view label,
                      std::string_view last);
/// Bars from 0; `max` is the largest value in words.
std::string barChart(const std::vector<std::optional<double>>& values, std::string_view label,
                     std::string_view max);

}  // namespace arrivald::desk
