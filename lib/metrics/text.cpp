#include "metrics/text.hpp"

#include <charconv>
#include <cmath>

#include "base/hide.hpp"
#include "base/utf8.hpp"

namespace arrivald::metrics {
namespace {

/// `quote`: a further character to escape: " in label values, '\0' (none) in help texts.
void appendEscaped(std::string& out, std::string_view text, char quote) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (c == quote && quote != '\0')) out += '\\';
    out += c;
  }
}

template <class Number>
void appendDigits(std::string& out, Number value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  static_cast<void>(error);  // cannot fail: 32 bytes suffice for any number
  out.append(buffer, end);
}

}  // namespace

std::string labelValue(std::string_view raw) {
  // Masked before truncation, so that a truncated address is still recognised; the input is bounded before.
  return oneLine(withoutAddresses(cutUtf8(raw, 16 * kMaxLabelBytes)), kMaxLabelBytes);
}

void appendLabel(std::string& out, std::string_view name, std::string_view raw) {
  out.append(name).append("=\"");
  appendEscaped(out, labelValue(raw), '"');
  out += '"';
}

void appendHead(std::string& out, std::string_view name, Type type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ");
  appendEscaped(out, help, '\0');
  out.append("\n# TYPE ").append(name).append(" ").append(metrics::name(type)).append("\n");
}

void appendNumber(std::string& out, std::int64_t value) { appendDigits(out, value); }

void appendNumber(std::string& out, double value) {
  if (std::isfinite(value))
    appendDigits(out, value);
  else
    out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

}  // namespace arrivald::metrics
