#include <fmt/format.h>

#include "daemon/desk_download.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/entry_export.hpp"
#include "desk/permissions.hpp"

namespace arrivald {

using http::Response;
using runtime::Task;

namespace {

std::string fileName(const DeskVisit& visit, std::string_view ending) {
  return fmt::format("arrivald-{}.{}", toText(visit.config.desk->zone.dateOf(visit.now)), ending);
}

}  // namespace

// A slice at a time, so that the loop is not held.
Task<Response> exportCsv(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) co_return refusedDownload(parts, visit);
  desk::EntryExport rows(parts.entries, parts.entries.query(queryAsked(visit.query)), visit.language);
  std::string csv(desk::kCsvMark);
  csv += desk::csvLine(rows.heading());
  while (csv.size() < kMaxCsvBytes) {
    const auto slice = rows.next();
    if (!slice) co_return problemResponse(visit, 503, "problem.unavailable");
    if (slice->empty()) break;
    for (const auto& row : *slice) csv += desk::csvLine(row);
    co_await othersGoOn(parts);
  }
  noteDownload(parts, visit, rows.rows());
  co_return csvResponse(std::move(csv), fileName(visit, "csv"));
}

Task<Response> exportWorkbook(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) co_return refusedDownload(parts, visit);
  auto rows = std::make_shared<desk::EntryExport>(parts.entries, parts.entries.query(queryAsked(visit.query)),
                                                  visit.language);
  auto name = visit.texts().text("rows.sheet");
  auto made = co_await parts.workbooks.make(rows, std::move(name));
  if (!made) {
    auto refused = problemResponse(visit, 503, "problem.unavailable");
    if (made.error().kind == Error::Kind::throttled) refused.headers.add("Retry-After", "10");
    co_return refused;
  }
  noteDownload(parts, visit, rows->rows());
  co_return fileResponse(std::move(*made),
                         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                         fileName(visit, "xlsx"));
}

}  // namespace arrivald
