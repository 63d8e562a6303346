// text: writes Prometheus' text format 0.0.4. Private to this module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/catalogue.hpp"

namespace arrivald::metrics {

inline constexpr std::size_t kMaxLabelBytes = 120;

/// A valid label value: one line, well-formed UTF-8, at most kMaxLabelBytes, addresses masked.
std::string labelValue(std::string_view raw);

/// Appends name="value", the value passed through labelValue() and escaped.
void appendLabel(std::string& out, std::string_view name, std::string_view raw);

/// Appends the # HELP and # TYPE lines.
void appendHead(std::string& out, std::string_view name, Type type, std::string_view help);

void appendNumber(std::string& out, std::int64_t value);
/// The shortest decimal form that parses back to the same number.
void appendNumber(std::string& out, double value);

}  // namespace arrivald::metrics
