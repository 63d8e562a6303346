// packed_report: the rows of a report as few bytes, so that they can be kept, and read again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aggregate/report.hpp"

namespace arrivald::dmarc {

/// The rows with their words; nothing else of the report. Stored, so bytes of earlier versions stay readable.
std::string packRows(const aggregate::Report& report);
/// A report with these rows. Nothing if the bytes are no such rows.
std::optional<aggregate::Report> unpackRows(std::string_view bytes);

}  // namespace arrivald::dmarc
