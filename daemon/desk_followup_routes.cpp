#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_released_rows.hpp"
#include "daemon/desk_routes.hpp"
#include "pages/followup_page.hpp"

namespace arrivald {

using http::Response;
using suppression::Aftermath;
using suppression::ItemState;

namespace {

constexpr std::size_t kPageRows = 50;

// How many rows were shown before; a number that nobody counted to is none.
std::int64_t rowsIn(std::string_view text) {
  return std::clamp<std::int64_t>(numberIn<std::int64_t>(text).value_or(0), 0, 1'000'000'000);
}

struct Tile {
  const char* kind;
  std::optional<Aftermath> aftermath;
};
const Tile kTiles[] = {{"pending", std::nullopt},
                       {"not_sent_yet", Aftermath::notSentYet},
                       {"delivered", Aftermath::delivered},
                       {"bounced_again", Aftermath::bouncedAgain}};

store::ReleasedFilter filterOf(const DeskVisit& visit) {
  store::ReleasedFilter filter;
  filter.max = kPageRows + 1;
  const auto& chosen = visit.query.text("state");
  if (chosen == "pending") filter.state = ItemState::pending;
  for (const auto& tile : kTiles)
    if (tile.aftermath && chosen == tile.kind) filter.aftermath = tile.aftermath;
  if (const auto before = numberIn<std::int64_t>(visit.query.text("before")); before && *before > 0)
    filter.before = suppression::ItemId{*before};
  return filter;
}

// Of the rows that wait for the provider, the table counts none: they are few.
// Of the filter, on all pages.
std::int64_t countOf(const RouteParts& parts, const DeskVisit& visit, const store::ReleasedFilter& filter) {
  const auto count = parts.releases.countReleased(visit.actor, filter);
  return count ? static_cast<std::int64_t>(*count) : 0;
}

std::int64_t pendingOf(const RouteParts& parts, const DeskVisit& visit) {
  store::ReleasedFilter filter;
  filter.state = ItemState::pending;
  return countOf(parts, visit, filter);
}

bool isTile(std::string_view state) {
  return std::ranges::any_of(kTiles, [&](const Tile& tile) { return state == tile.kind; });
}

std::vector<std::string> notUnderstoodOf(const DeskVisit& visit, const store::ReleasedFilter& filter) {
  constexpr std::array<std::string_view, 4> kNames = {"state", "before", "n", "from_link"};
  auto names = unknownNames(visit.query, {kNames});
  const auto& state = visit.query.text("state");
  if (!state.empty() && !isTile(state)) names.emplace_back("state");
  if (!visit.query.text("before").empty() && !filter.before) names.emplace_back("before");
  if (!isRowCount(visit.query.text("n"))) names.emplace_back("n");
  return names;
}

void addTiles(const RouteParts& parts, const DeskVisit& visit, pages::FollowupPage& page) {
  const auto counts = parts.releases.aftermaths(visit.actor);
  for (const auto& tile : kTiles) {
    std::int64_t count = 0;
    if (!tile.aftermath)
      count = pendingOf(parts, visit);
    else if (counts && counts->contains(*tile.aftermath))
      count = static_cast<std::int64_t>(counts->at(*tile.aftermath));
    const bool isChosen = visit.query.text("state") == tile.kind;
    page.tiles.push_back({tile.kind, count,
                          isChosen ? "/releases" : fmt::format("/releases?state={}", tile.kind),
                          isChosen ? pages::Choice::State::current : pages::Choice::State::other});
  }
}

}  // namespace

Response followupPage(const RouteParts& parts, const DeskVisit& visit) {
  const auto filter = filterOf(visit);
  const auto released = parts.releases.released(visit.actor, filter);
  if (!released) return problemResponse(visit, 503, "problem.unavailable");
  pages::FollowupPage page;
  page.shell = shellOf(visit, pages::Tab::releases);
  addNotUnderstood(visit, notUnderstoodOf(visit, filter), page.shell);
  addTiles(parts, visit, page);
  page.total = countOf(parts, visit, filter);
  // How many rows came before is carried along, since pages are found by their first row.
  const auto before = rowsIn(visit.query.text("n"));
  page.firstRow = before + 1;
  for (const auto& one : *released) {
    if (page.rows.size() == kPageRows) {
      page.nextPageHref =
          "/releases?" +
          desk::toQuery({{"state", visit.query.text("state")},
                         {"before", page.rows.back().id},
                         {"n", std::to_string(before + static_cast<std::int64_t>(kPageRows))}});
      break;
    }
    page.rows.push_back(releasedRowOf(visit, one));
  }
  return htmlResponse(200, render(page));
}

}  // namespace arrivald
