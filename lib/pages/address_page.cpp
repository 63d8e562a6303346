#include "pages/address_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;
using Cell = AddressPage::Cell;

json cellContext(const Cell& cell, const Texts& texts, const Dates& dates) {
  const auto date = cell.since ? dates.day(*cell.since) : std::string();
  switch (cell.state) {
    case Cell::State::stopped:
      return {{"look", "in"}, {"stopped", true}, {"text", texts.text("matrix.stopped")}};
    case Cell::State::listed:
      return {{"look", "out"}, {"stopped", false}, {"text", texts.text("matrix.listed", {{"date", date}})}};
    case Cell::State::unread:
      return {{"look", "out"}, {"stopped", false}, {"text", texts.text("on.unknown")}};
    case Cell::State::none:
      break;
  }
  return {{"look", "out"}, {"stopped", false}, {"text", texts.text("on.not")}};
}

void addMatrix(json& values, const AddressPage& page, const Texts& texts, const Dates& dates) {
  values["accounts"] = json::array();
  for (const auto& name : page.accountNames) values["accounts"].push_back({{"name", name}});
  values["matrix"] = json::array();
  for (const auto& line : page.matrix) {
    json row = {{"list", texts.text("list." + line.list)}, {"cells", json::array()}};
    for (const auto& cell : line.cells) row["cells"].push_back(cellContext(cell, texts, dates));
    values["matrix"].push_back(std::move(row));
  }
}

void addHistory(json& values, const AddressPage& page, const Dates& dates) {
  values["history"] = json::array();
  for (const auto& moment : page.history) {
    json one = {{"strong", moment.strong}, {"text", moment.text}, {"small", moment.small}};
    addLook(one, moment.kind);
    addTime(one, dates, moment.at);
    values["history"].push_back(std::move(one));
  }
  values["hasHistory"] = !page.history.empty();
  values["replies"] = json::array();
  for (const auto& reply : page.replies)
    values["replies"].push_back(
        {{"reply", shownReply(reply.text)}, {"rule", reply.rule}, {"whole", reply.wholeHref}});
  values["hasReplies"] = !page.replies.empty();
}

}  // namespace

std::string render(const AddressPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const Dates dates(page.shell);
  auto values = shellContext(page.shell, texts.text("answer.title"), Script::desk);
  addAddress(values, page.address);
  addLook(values, page.kind);
  values["unicode"] = page.unicode;
  values["checked"] =
      texts.text("answer.checked", {{"time", dates.time(page.shell.now)},
                                    {"accounts", texts.count("answer.accounts", page.accounts)},
                                    {"lists", texts.count("answer.lists", page.lists)}});
  values["say"] = json::array();
  for (const auto& line : page.say) values["say"].push_back({{"line", line}});
  values["sub"] = page.sub;
  values["chips"] = json::array();
  for (const auto& chip : page.chips) values["chips"].push_back(chipContext(texts, chip));
  values["steps"] = json::array();
  for (const auto& step : page.steps)
    values["steps"].push_back({{"strong", step.strong}, {"text", step.text}, {"entries", step.entries}});
  values["hasSteps"] = !page.steps.empty();
  values["customer"] = page.customer;
  addMatrix(values, page, texts, dates);
  addHistory(values, page, dates);
  return renderTemplate("address", page.shell.language, values);
}

}  // namespace arrivald::pages
