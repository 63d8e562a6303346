// text: Prometheus' text format 0.0.4, written without streams. Private to this module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/catalogue.hpp"

namespace arrivald::metrics {

inline constexpr std::size_t kMaxLabelBytes = 120;

/// A label's value as it may be kept: one line, well-formed, at most kMaxLabelBytes, addresses masked.
std::string labelValue(std::string_view raw);

/// name="value", the value made fit by labelValue() and escaped.
void appendLabel(std::string& out, std::string_view name, std::string_view raw);

/// The # HELP and # TYPE lines.
void appendHead(std::string& out, std::string_view name, Type type, std::string_view help);

void appendNumber(std::string& out, std::int64_t value);
/// The shortest spelling that reads back as the same number.
void appendNumber(std::string& out, double value);

}  // namespace arrivald::metrics
