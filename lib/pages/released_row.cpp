#include "pages/released_row.hpp"

#include <algorithm>

#include "pages/context.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

json rowContext(const ReleasedRow& row, const Texts& texts, const Dates& dates) {
  json values = {{"id", row.id},
                 {"account", row.account},
                 {"href", row.href},
                 {"request", row.requestHref},
                 {"by", row.by},
                 {"undo", row.undoHref},
                 {"list", texts.text("list." + row.list)},
                 {"second", row.second == ReleasedRow::Second::adminOnly},
                 {"undoLabel", texts.text("undo.label", {{"address", row.address}})}};
  addAddress(values, row.address);
  addTime(values, dates, row.at);
  values["outcome"] = row.outcome.empty() ? json() : chipContext(texts, {"outcome." + row.outcome, ""});
  values["outcomeText"] =
      !row.late.empty() ? row.late
      : row.outcome.empty() || (row.outcome == "gone" && !row.seen)
          ? ""
          : texts.text("outcome." + row.outcome + ".text", {{"time", row.seen ? dates.time(*row.seen) : ""}});
  values["after"] = row.after.empty() ? json() : chipContext(texts, {"after." + row.after, ""});
  auto after = row.later ? dates.time(*row.later) : std::string();
  if (row.after == "not_sent_yet" || row.after == "not_covered")
    after = texts.text("after." + row.after + ".text");
  if (!row.detail.empty()) after += (after.empty() ? "" : " ") + row.detail;
  values["afterText"] = after;
  return values;
}

}  // namespace

void addReleasedRows(json& values, const std::vector<ReleasedRow>& rows, const Shell& shell) {
  const auto& texts = Texts::of(shell.language);
  const Dates dates(shell);
  values["rows"] = json::array();
  for (const auto& row : rows) values["rows"].push_back(rowContext(row, texts, dates));
  values["hasRows"] = !rows.empty();
  values["live"] = std::any_of(rows.begin(), rows.end(), [](const ReleasedRow& row) {
    return row.outcome == "pending" || row.outcome == "asked" || row.outcome == "waiting";
  });
}

}  // namespace arrivald::pages
