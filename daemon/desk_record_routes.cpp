#include <fmt/format.h>

#include "base/number.hpp"
#include "daemon/desk_download.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/entry_export.hpp"
#include "desk/permissions.hpp"
#include "pages/context.hpp"
#include "pages/record_page.hpp"
#include "suppression/period.hpp"

namespace arrivald {

using http::Response;
using runtime::Task;

namespace {

constexpr std::size_t kPageRows = 100;
constexpr std::size_t kExportedRows = 100'000;
constexpr std::size_t kSliceRows = 500;
constexpr desk::Act kChoices[] = {desk::Act::ask,   desk::Act::confirm,     desk::Act::refuse,
                                  desk::Act::undo,  desk::Act::lookUp,      desk::Act::download,
                                  desk::Act::logIn, desk::Act::logInRefused};

store::RecordFilter filterOf(const DeskVisit& visit) {
  store::RecordFilter filter;
  filter.user = visit.query.text("user");
  filter.action = visit.query.text("action");
  const auto& from = visit.query.text("from");
  const auto& to = visit.query.text("to");
  if (!from.empty() || !to.empty()) {
    const auto period = suppression::periodOf({"", from, to}, visit.config.desk->zone, visit.now);
    filter.from = period.from;
    filter.to = period.to;
  }
  if (const auto before = numberIn<std::int64_t>(visit.query.text("before")); before && *before > 0)
    filter.before = *before;
  return filter;
}

std::string subjectOf(const DeskVisit& visit, const store::RecordRow& row) {
  auto where = row.list.empty() ? std::string() : visit.texts().text("list." + row.list);
  if (!row.account.empty()) where += (where.empty() ? "" : "・") + row.account;
  if (row.address.empty()) return where;
  return where.empty() ? row.address : fmt::format("{} ({})", row.address, where);
}

pages::RecordPage::Row rowOf(const DeskVisit& visit, const store::RecordRow& row) {
  auto outcome = row.outcome;
  for (const auto& more : {row.asserted, row.motive, row.memo})
    if (!more.empty()) outcome += (outcome.empty() ? "" : "; ") + more;
  return {row.at, row.user, row.origin, row.action, subjectOf(visit, row), row.advice, outcome};
}

std::string lineOf(const DeskVisit& visit, const store::RecordRow& one) {
  const auto row = rowOf(visit, one);
  return desk::csvLine({toIso(row.at), row.user, row.from, row.action, row.subject, row.advice, row.outcome});
}

}  // namespace

Response recordPage(const RouteParts& parts, const DeskVisit& visit) {
  auto filter = filterOf(visit);
  filter.max = kPageRows + 1;
  const auto rows = parts.record.find(visit.actor, filter);
  if (!rows) return problemResponse(visit, 503, "problem.unavailable");
  pages::RecordPage page;
  page.shell = shellOf(visit, pages::Tab::releases);
  if (desk::may(visit.actor, desk::Action::readRecord)) page.scope = pages::RecordPage::Scope::all;
  page.user = filter.user;
  page.action = filter.action;
  page.from = visit.query.text("from");
  page.to = visit.query.text("to");
  const std::vector<std::pair<std::string, std::string>> asked = {
      {"user", page.user}, {"action", page.action}, {"from", page.from}, {"to", page.to}};
  page.csvHref = "/audit.csv?" + desk::toQuery(asked);
  for (const auto act : kChoices) page.actions.emplace_back(name(act));
  std::int64_t last = 0;
  for (const auto& row : *rows) {
    if (page.rows.size() == kPageRows) {
      auto next = asked;
      next.emplace_back("before", std::to_string(last));
      page.nextPageHref = "/audit?" + desk::toQuery(next);
      break;
    }
    page.rows.push_back(rowOf(visit, row));
    last = row.id;
  }
  return htmlResponse(200, render(page));
}

// A slice at a time, so that the loop is not held.
Task<Response> exportRecord(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) co_return refusedDownload(parts, visit);
  auto filter = filterOf(visit);
  filter.max = kSliceRows;
  const auto& texts = visit.texts();
  std::string csv(desk::kCsvMark);
  csv += desk::csvLine({texts.text("record.when"), texts.text("record.who"), texts.text("record.from"),
                        texts.text("record.what"), texts.text("record.subject"), texts.text("record.advice"),
                        texts.text("record.outcome")});
  std::size_t count = 0;
  while (count < kExportedRows && csv.size() < kMaxCsvBytes) {
    const auto rows = parts.record.find(visit.actor, filter);
    if (!rows) co_return problemResponse(visit, 503, "problem.unavailable");
    if (rows->empty()) break;
    for (const auto& one : *rows) csv += lineOf(visit, one);
    count += rows->size();
    filter.before = rows->back().id;
    if (rows->size() < filter.max) break;
    co_await othersGoOn(parts);
  }
  noteDownload(parts, visit, count);
  co_return csvResponse(std::move(csv), "arrivald-record.csv");
}

}  // namespace arrivald
