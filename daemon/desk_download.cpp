#include "daemon/desk_download.hpp"

#include <fmt/format.h>

#include "desk/entry_export.hpp"
#include "desk/permissions.hpp"

namespace arrivald {

using http::Response;

Response csvResponse(std::string body, const std::string& fileName) {
  return {200,
          {{"Content-Type", "text/csv; charset=utf-8"},
           {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", fileName)}},
          std::move(body)};
}

void noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::download;
  entry.outcome = fmt::format("{} rows of {}", rows, visit.here());
  static_cast<void>(parts.record.append(entry));
}

}  // namespace arrivald
