#include <fmt/format.h>

#include <algorithm>

#include "daemon/desk_download.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/entry_export.hpp"
#include "desk/make_workbook.hpp"
#include "desk/permissions.hpp"

namespace arrivald {

using http::Response;
using runtime::Task;

namespace {

FileName fileName(const DeskVisit& visit, std::string_view ending) {
  const auto date = toText(visit.config.desk->zone.dateOf(visit.now));
  return {fmt::format("arrivald-{}.{}", date, ending),
          fmt::format("{}.{}", visit.texts().text("file.rows", {{"date", date}}), ending)};
}

std::shared_ptr<desk::EntryExport> exportOf(const RouteParts& parts, const DeskVisit& visit,
                                            const desk::Query& query) {
  const auto unread = within(desk::unreadLists(parts.owners, visit.config), query.filter);
  auto notes = unreadTexts(unread, parts.entries.zone(), visit.language);
  if (!notes.empty()) notes.insert(notes.begin(), visit.texts().text("unread.title.file"));
  return std::make_shared<desk::EntryExport>(parts.entries, query, visit.language, std::move(notes));
}

// A file of other rows than were asked for would be taken for them: the list says what was not understood.
std::optional<Response> sentToList(const DeskVisit& visit, const desk::Query& query) {
  if (notUnderstood(query, visit.query, {}).empty() && !isUnreadable(query.period)) return std::nullopt;
  return seeOther(hrefOf("/", visit.query.pairs()));
}

}  // namespace

Response exportCsv(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) return refusedDownload(parts, visit);
  const auto query = parts.entries.query(queryAsked(visit.query));
  if (auto list = sentToList(visit, query)) return std::move(*list);
  auto place = parts.files.takePlace();
  if (!place) return busyWithFiles(visit);
  const auto counts = parts.entries.breakdown(query);
  if (!counts) return problemResponse(visit, 503, "problem.unavailable");
  const auto count = std::min(static_cast<std::size_t>(counts->entries), desk::EntryExport::kMaxRows);
  if (!noteDownload(parts, visit, count)) return problemResponse(visit, 503, "problem.unavailable");
  auto rows = exportOf(parts, visit, query);
  auto begin = std::string(desk::kCsvMark) + desk::csvLine(rows->heading());
  auto slices = desk::csvSlices(std::move(rows));
  return csvResponse(
      std::make_shared<desk::CsvSource>(parts.files, std::move(place), std::move(begin), std::move(slices)),
      fileName(visit, "csv"));
}

Task<Response> exportWorkbook(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) co_return refusedDownload(parts, visit);
  const auto query = parts.entries.query(queryAsked(visit.query));
  if (auto list = sentToList(visit, query)) co_return std::move(*list);
  auto rows = exportOf(parts, visit, query);
  auto name = visit.texts().text("rows.sheet");
  auto made = co_await desk::makeWorkbook(parts.files, rows, std::move(name));
  if (!made.ok() && made.error().kind == Error::Kind::throttled) co_return busyWithFiles(visit);
  if (!made.ok() || !noteDownload(parts, visit, rows->rows()).ok())
    co_return problemResponse(visit, 503, "problem.unavailable");
  co_return fileResponse(std::move(*made),
                         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                         fileName(visit, "xlsx"));
}

}  // namespace arrivald
