#include "daemon/desk_released_rows.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "desk/permissions.hpp"
#include "desk/query.hpp"
#include "pages/context.hpp"

namespace arrivald {

using suppression::Aftermath;
using suppression::ItemState;

namespace {

// What a page calls the state: a row that failed since it is still listed says so.
std::string outcomeOf(const suppression::ItemProgress& progress) {
  if (progress.state == ItemState::failed && progress.problem == suppression::Problem::stillListed)
    return "still_listed";
  return std::string(name(progress.state));
}

// Why an open row is not over yet.
std::string lateText(const DeskVisit& visit, const suppression::ItemProgress& progress) {
  const auto since = stalledSince(progress);
  if (!since) return {};
  const auto shell = emptyShell(visit.config, visit.now, visit.language, "");
  const auto& texts = visit.texts();
  return texts.text("outcome.late.text",
                    {{"problem", texts.text(fmt::format("problem.{}", name(progress.problem)))},
                     {"since", pages::Dates(shell).time(*since)}});
}

bool isReleased(ItemState state) { return state == ItemState::gone || state == ItemState::alreadyGone; }

}  // namespace

std::optional<Instant> stalledSince(const suppression::ItemProgress& progress) {
  const bool fails = progress.failures > 0 && progress.problem != suppression::Problem::none &&
                     progress.problem != suppression::Problem::stillListed;
  if (!isOpen(progress.state) || !fails) return std::nullopt;
  return progress.state == ItemState::pending ? progress.taken : progress.begun;
}

pages::ReleasedRow releasedRowOf(const DeskVisit& visit, const store::ReleasedItem& released) {
  const auto& item = released.item;
  const auto path = fmt::format("/releases/{}", static_cast<std::int64_t>(released.request.id));
  pages::ReleasedRow row;
  row.id = std::to_string(static_cast<std::int64_t>(item.id));
  row.address = item.shown.entry.email;
  row.list = name(item.shown.list);
  row.account = item.shown.account;
  row.href = "/addresses/e" + desk::toText(item.shown.id);
  row.requestHref = path;
  row.at = released.request.decision.at.value_or(released.request.created);
  row.by = released.request.user;
  row.outcome = outcomeOf(item.progress);
  row.late = lateText(visit, item.progress);
  row.seen = item.progress.settled;
  if (isReleased(item.progress.state)) row.after = name(item.after.aftermath);
  if (item.after.aftermath == Aftermath::unknown && !item.after.final && !row.after.empty())
    row.after = "not_covered";
  row.later = item.after.at;
  if (item.after.took)
    row.detail = visit.texts().text(
        "took", {{"n", fmt::format("{:.1f}", static_cast<double>(item.after.took->count()) / 1000)}});
  const bool failedAgain = item.after.aftermath == Aftermath::bouncedAgain;
  if (failedAgain && !desk::may(visit.actor, desk::Action::releaseAgain))
    row.second = pages::ReleasedRow::Second::adminOnly;
  const bool isUnsubscribe = item.shown.list == suppression::List::unsubscribes ||
                             item.shown.list == suppression::List::groupUnsubscribes;
  if (isUnsubscribe && item.progress.state == ItemState::gone && item.after.aftermath != Aftermath::undone &&
      item.progress.settled && visit.now - *item.progress.settled < suppression::kFollowUp &&
      desk::may(visit.actor, desk::Action::undo))
    row.undoHref = path + "/undo";
  return row;
}

std::string releasedWords(const std::vector<pages::ReleasedRow>& rows, const pages::Shell& shell) {
  nlohmann::json values;
  pages::addReleasedRows(values, rows, shell);
  auto words = nlohmann::json::object();
  for (const auto& row : values["rows"]) {
    const auto labelOf = [&](const char* part) {
      return row[part].is_object() ? row[part]["label"].get<std::string>() : std::string();
    };
    words[row["id"].get<std::string>()] = {
        {"outcome", labelOf("outcome")}, {"outcomeText", row["outcomeText"]}, {"after", labelOf("after")}};
  }
  return words.dump();
}

}  // namespace arrivald
