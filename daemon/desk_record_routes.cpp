#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "daemon/desk_download.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/csv_source.hpp"
#include "desk/entry_export.hpp"
#include "desk/permissions.hpp"
#include "desk/record_words.hpp"
#include "pages/context.hpp"
#include "pages/record_page.hpp"
#include "suppression/period.hpp"

namespace arrivald {

using http::Response;

namespace {

constexpr std::size_t kPageRows = 100;
constexpr std::size_t kExportedRows = 100'000;
constexpr std::size_t kSliceRows = 500;
constexpr desk::Act kChoices[] = {desk::Act::ask,   desk::Act::confirm,     desk::Act::refuse,
                                  desk::Act::undo,  desk::Act::lookUp,      desk::Act::download,
                                  desk::Act::logIn, desk::Act::logInRefused};

std::optional<std::string> addressOf(const RouteParts& parts, const DeskVisit& visit) {
  return parts.lookUps.find(visit.query.text("key"));
}

// Nothing if no dates are asked for.
std::optional<suppression::Period> periodAsked(const DeskVisit& visit) {
  const auto& from = visit.query.text("from");
  const auto& to = visit.query.text("to");
  if (from.empty() && to.empty()) return std::nullopt;
  return suppression::periodOf({"", from, to}, visit.config.desk->zone, visit.now);
}

// What of the URL was not understood.
std::vector<std::string> notUnderstoodOf(const DeskVisit& visit, const store::RecordFilter& filter) {
  constexpr std::array<std::string_view, 8> kNames = {"user", "action",  "from",   "to",
                                                      "key",  "unclear", "before", "from_link"};
  auto names = unknownNames(visit.query, {kNames});
  if (!visit.query.text("before").empty() && !filter.before) names.emplace_back("before");
  return names;
}

store::RecordFilter filterOf(const RouteParts& parts, const DeskVisit& visit) {
  store::RecordFilter filter;
  if (const auto address = addressOf(parts, visit)) filter.addresses = desk::spellingsOf(*address);
  filter.user = visit.query.text("user");
  filter.action = visit.query.text("action");
  if (const auto period = periodAsked(visit)) {
    filter.from = period->from;
    filter.to = period->to;
  }
  if (const auto before = numberIn<std::int64_t>(visit.query.text("before")); before && *before > 0)
    filter.before = *before;
  return filter;
}

pages::RecordPage::Row rowOf(const DeskVisit& visit, const store::RecordRow& row) {
  const auto language = visit.language;
  return {row.at,
          row.user,
          row.origin,
          desk::actWords(row.action, language),
          desk::subjectWords(row, language),
          desk::adviceWords(row.advice, language),
          desk::outcomeWords(row, language)};
}

std::string lineOf(Language language, const store::RecordRow& row) {
  return desk::csvLine({toIso(row.at), row.user, row.origin, desk::actWords(row.action, language),
                        desk::subjectWords(row, language), desk::adviceWords(row.advice, language),
                        desk::outcomeWords(row, language)});
}

// Rows that are appended while the file is sent, the download's own included, are not part of it.
desk::CsvSource::Slices slicesOf(desk::Record& record, const DeskVisit& visit, store::RecordFilter filter,
                                 std::size_t left) {
  return [&record, actor = visit.actor, language = visit.language, filter = std::move(filter),
          left]() mutable -> Result<std::optional<desk::CsvSource::Lines>> {
    filter.max = std::min(left, kSliceRows);
    if (filter.max == 0) return std::optional<desk::CsvSource::Lines>();
    auto rows = record.find(actor, filter);
    if (!rows) return rows.error();
    if (rows->empty()) return std::optional<desk::CsvSource::Lines>();
    left -= rows->size();
    filter.before = rows->back().id;
    return std::optional<desk::CsvSource::Lines>([language, slice = std::move(*rows)] {
      std::string text;
      for (const auto& row : slice) text += lineOf(language, row);
      return text;
    });
  };
}

}  // namespace

Response recordPage(const RouteParts& parts, const DeskVisit& visit) {
  auto filter = filterOf(parts, visit);
  filter.max = kPageRows + 1;
  const auto rows = parts.record.find(visit.actor, filter);
  if (!rows) return problemResponse(visit, 503, "problem.unavailable");
  pages::RecordPage page;
  page.shell = shellOf(visit, pages::Tab::releases);
  if (desk::may(visit.actor, desk::Action::readRecord)) page.scope = pages::RecordPage::Scope::all;
  addNotUnderstood(visit, notUnderstoodOf(visit, filter), page.shell);
  if (const auto period = periodAsked(visit)) addMends(visit, *period, page.shell);
  page.user = filter.user;
  page.action = filter.action;
  page.from = visit.query.text("from");
  page.to = visit.query.text("to");
  page.address = addressOf(parts, visit).value_or("");
  if (!visit.query.text("unclear").empty()) page.addressError = visit.texts().text("record.address.unclear");
  const std::vector<std::pair<std::string, std::string>> asked = {{"user", page.user},
                                                                  {"action", page.action},
                                                                  {"from", page.from},
                                                                  {"to", page.to},
                                                                  {"key", visit.query.text("key")}};
  page.csvHref = "/audit.csv?" + desk::toQuery(asked);
  for (const auto act : kChoices)
    page.actions.push_back({std::string(name(act)), desk::actWords(std::string(name(act)), visit.language)});
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

// The address of a filter stands in no URL: a key does.
Response filterRecord(const RouteParts& parts, const DeskVisit& visit) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (const auto* name : {"user", "action", "from", "to"}) asked.emplace_back(name, visit.form.text(name));
  const auto typed = desk::readAsked(visit.form.text("address"));
  if (typed.of == desk::Asked::Of::address)
    asked.emplace_back("key", parts.lookUps.keep(typed.text));
  else if (!visit.form.text("address").empty())
    asked.emplace_back("unclear", "1");
  return seeOther("/audit?" + desk::toQuery(asked));
}

Response exportRecord(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::download)) return refusedDownload(parts, visit);
  auto place = parts.files.takePlace();
  if (!place) return busyWithFiles(visit);
  auto filter = filterOf(parts, visit);
  // A file of other rows than were asked for would be taken for them: the page says what was not understood.
  const auto period = periodAsked(visit);
  if (!notUnderstoodOf(visit, filter).empty() || (period && isUnreadable(*period)))
    return seeOther("/audit?" + desk::toQuery(visit.query.pairs()));
  const auto count = parts.record.count(visit.actor, filter);
  const auto left = count ? std::min(static_cast<std::size_t>(*count), kExportedRows) : 0;
  if (!count || !noteDownload(parts, visit, left)) return problemResponse(visit, 503, "problem.unavailable");
  const auto& texts = visit.texts();
  auto begin = std::string(desk::kCsvMark) +
               desk::csvLine({texts.text("record.when"), texts.text("record.who"), texts.text("record.from"),
                              texts.text("record.what"), texts.text("record.subject"),
                              texts.text("record.advice"), texts.text("record.outcome")});
  auto slices = slicesOf(parts.record, visit, std::move(filter), left);
  return csvResponse(
      std::make_shared<desk::CsvSource>(parts.files, std::move(place), std::move(begin), std::move(slices)),
      FileName{
          "arrivald-record.csv",
          texts.text("file.record", {{"date", toText(visit.config.desk->zone.dateOf(visit.now))}}) + ".csv"});
}

}  // namespace arrivald
