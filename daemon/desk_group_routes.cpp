#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "causes/texts.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"
#include "pages/context.hpp"
#include "pages/group_page.hpp"

namespace arrivald {

using http::Response;

namespace {

constexpr std::size_t kShownCauses = 8;
constexpr std::size_t kShownDays = 31;

std::string groupName(const DeskVisit& visit, const std::string& group) {
  return notify::Catalogue::of(visit.language).groupName(group);
}

std::string pathOf(const std::string& group) { return "/groups/" + http::percentEncode(group); }

pages::SideCounts countsOf(const std::map<suppression::Side, std::int64_t>& bySide) {
  pages::SideCounts counts{};
  for (const auto& [side, count] : bySide)
    for (std::size_t i = 0; i < pages::kSides.size(); ++i)
      if (name(side) == pages::kSides.at(i)) counts.at(i) = count;
  return counts;
}

constexpr std::array<std::string_view, 5> kGroupNames = {"period", "from", "to", "group", "from_link"};

// What of the URL was not understood, and what was changed of its dates.
void addNotes(const DeskVisit& visit, const desk::Query& query, pages::Shell& shell) {
  auto names = query.ignored;
  for (auto& name : unknownNames(visit.query, {kGroupNames})) names.push_back(std::move(name));
  addNotUnderstood(visit, names, shell);
  addMends(visit, query.period, shell);
}

desk::Query queryFor(const RouteParts& parts, const DeskVisit& visit) {
  desk::QueryAsked asked;
  asked.period = visit.query.text("period");
  asked.from = visit.query.text("from");
  asked.to = visit.query.text("to");
  return parts.entries.query(asked);
}

// Whether some list was not read, though it is to be.
bool addUnread(const RouteParts& parts, const DeskVisit& visit, const desk::Query& query,
               pages::Shell& shell) {
  const auto unread = within(desk::unreadLists(parts.owners, visit.config), query.filter);
  if (auto message = unreadMessage(parts, visit, unread, "unread.title"))
    shell.messages.push_back(std::move(*message));
  return anyMissed(unread);
}

// The side with the most entries.
suppression::Side mainSide(const desk::GroupAnswer& answer) {
  const auto most = std::max_element(answer.bySide.begin(), answer.bySide.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == answer.bySide.end() ? suppression::Side::unknown : most->first;
}

void addAnswer(const DeskVisit& visit, const desk::GroupAnswer& answer, bool isWhole,
               pages::GroupPage& page) {
  const auto& texts = visit.texts();
  const pages::Dates dates(page.shell);
  if (answer.entries == 0) {
    page.kind = isWhole ? "delivered" : "side.unknown";
    page.say = {texts.text(isWhole ? "group.none" : "unread.empty")};
    return;
  }
  const auto side = mainSide(answer);
  page.kind = fmt::format("side.{}", name(side));
  if (answer.refusal && answer.refusedSince) {
    page.kind = fmt::format("side.{}", name(answer.refusal->side));
    page.say = {texts.text(
        "group.refused", {{"date", dates.day(*answer.refusedSince)},
                          {"cause", std::string(causes::shortName(answer.refusal->cause, visit.language))}})};
    page.sub = causes::describe(answer.refusal->cause, visit.language).headline;
  } else {
    page.say = {texts.text("group.entries", {{"n", pages::numberText(answer.entries)}})};
    page.sub = texts.text(fmt::format("side.{}.hint", name(side)));
  }
  page.chips.push_back({page.kind, ""});
  if (!isWhole) return;
  page.chips.push_back({"stopped", answer.entries >= answer.entriesBefore
                                       ? texts.count("count.more", answer.entries - answer.entriesBefore)
                                       : texts.count("count.less", answer.entriesBefore - answer.entries)});
}

void addDays(const desk::GroupAnswer& answer, pages::GroupPage& page) {
  auto day = answer.period.first;
  const auto days = (answer.period.last - answer.period.first).count() + 1;
  if (days > static_cast<std::int64_t>(kShownDays))
    day = answer.period.last - std::chrono::days(kShownDays - 1);
  for (; day <= answer.period.last; day += std::chrono::days(1)) {
    const auto found = answer.byDay.find(day);
    page.days.push_back({day, found == answer.byDay.end() ? pages::SideCounts{} : countsOf(found->second)});
  }
}

}  // namespace

Response groupsPage(const RouteParts& parts, const DeskVisit& visit) {
  if (const auto& chosen = visit.query.text("group"); !chosen.empty()) return seeOther(pathOf(chosen));
  const auto query = queryFor(parts, visit);
  const auto rows = parts.groups.all(query);
  if (!rows) return problemResponse(visit, 503, "problem.unavailable");
  pages::GroupsPage page;
  page.shell = shellOf(visit, pages::Tab::groups);
  addNotes(visit, query, page.shell);
  if (addUnread(parts, visit, query, page.shell)) page.known = pages::Known::partly;
  page.first = query.period.first;
  page.last = query.period.last;
  for (const auto& row : *rows) {
    if (row.group.empty()) continue;
    page.rows.push_back({groupName(visit, row.group), pathOf(row.group), countsOf(row.bySide)});
  }
  return htmlResponse(200, render(page));
}

Response groupPage(const RouteParts& parts, const DeskVisit& visit) {
  const auto group = visit.behind("/groups/");
  auto query = queryFor(parts, visit);
  const auto answer = parts.groups.answer(group, query, visit.language);
  const auto all = parts.groups.all(query);
  if (!answer || !all) return problemResponse(visit, 503, "problem.unavailable");
  pages::GroupPage page;
  page.shell = shellOf(visit, pages::Tab::groups);
  addNotes(visit, query, page.shell);
  page.name = groupName(visit, group);
  for (const auto& row : *all)
    if (!row.group.empty()) page.groups.push_back({row.group, groupName(visit, row.group)});
  page.chosen = group;
  page.first = answer->period.first;
  page.last = answer->period.last;
  page.total = answer->entries;
  const bool isWhole = !addUnread(parts, visit, query, page.shell);
  addAnswer(visit, *answer, isWhole, page);
  addDays(*answer, page);
  query.filter.receivers = group;
  const auto parameters = desk::parametersOf(query);
  for (const auto& [cause, count] : answer->causes) {
    if (page.causes.size() == kShownCauses) break;
    causes::Cause one;
    one.causeClass = cause;
    one.verdict = causes::verdictOf(cause);
    page.causes.push_back({std::string(causes::shortName(cause, visit.language)),
                           hrefOf("/", with(parameters, "cause", std::string(name(cause)))),
                           std::string(name(suppression::sideOf(one))), count});
  }
  page.itText = answer->itDeskText;
  page.rowsHref = hrefOf("/", parameters);
  return htmlResponse(200, render(page));
}

}  // namespace arrivald
