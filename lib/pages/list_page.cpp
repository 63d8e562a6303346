#include "pages/list_page.hpp"

#include <fmt/format.h>

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

json choiceContext(const Choice& choice) {
  return {
      {"label", choice.label}, {"href", choice.href}, {"current", choice.state == Choice::State::current}};
}

json rowContext(std::size_t n, const ListRow& row, const Texts& texts, const Dates& dates) {
  json values = {{"n", std::to_string(n)},
                 {"id", row.id},
                 {"href", row.href},
                 {"account", row.account},
                 {"headline", row.headline.empty() ? texts.text("missing") : row.headline},
                 {"row", row.row},
                 {"todo", row.todo},
                 {"reply", shownReply(row.reply)},
                 {"guess", row.source == ListRow::Source::model},
                 {"lock", row.lock},
                 {"claimed", row.claimed},
                 {"ticked", row.tick == ListRow::Tick::on},
                 {"removed", row.removed.has_value()}};
  values["list"] = texts.text("list." + row.list);
  values["side"] = row.side.empty() ? json() : chipContext(texts, {"side." + row.side, ""});
  values["advice"] = row.advice.empty() ? json() : chipContext(texts, {"advice." + row.advice, ""});
  addAddress(values, row.address.empty() ? texts.text("missing") : row.address);
  const bool isDated = row.created != Instant{};
  values["time"] = isDated ? dates.time(row.created) + " " + dates.ago(row.created) : texts.text("missing");
  values["effect"] = row.removed ? texts.text("removed", {{"date", dates.day(*row.removed)}})
                     : row.effect == ListRow::Effect::notStopped ? texts.text("not_stopped")
                     : row.stoppedSends > 0                      ? texts.count("stopped", row.stoppedSends)
                                                                 : "";
  return values;
}

std::string datesOf(const ListPage& page, const Texts& texts, const Dates& dates) {
  if (page.dated == ListPage::Dated::no) return texts.text("rows.undated");
  if (page.first == page.last)
    return texts.text("rows.dates.day", {{"first", dates.longDay(page.first)}, {"zone", dates.zone()}});
  return texts.text(
      "rows.dates",
      {{"first", dates.longDay(page.first)}, {"last", dates.longDay(page.last)}, {"zone", dates.zone()}});
}

// The comparison with the period before, and the age of what is shown.
std::string freshnessOf(const ListPage& page, const Texts& texts, const Dates& dates) {
  std::string text;
  if (page.previous && page.dated == ListPage::Dated::yes && page.known == Known::all) {
    const auto more = page.total - *page.previous;
    text = more > 0   ? texts.count("count.more", more)
           : more < 0 ? texts.count("count.less", -more)
                      : texts.text("count.same");
  }
  if (!page.crawled) return text;
  if (!text.empty()) text += texts.text("count.separator");
  return text + texts.text("count.crawled", {{"age", dates.ago(*page.crawled)}});
}

json filterContext(const Filter& filter, const Texts& texts) {
  json values = {{"name", filter.name}, {"label", texts.text("filter." + filter.name)}};
  values["options"] = json::array();
  for (const auto& option : filter.options)
    values["options"].push_back({{"value", option.value == option.label ? "" : option.value},
                                 {"label", option.label},
                                 {"selected", option.value == filter.chosen}});
  return values;
}

json keptContext(const std::vector<std::pair<std::string, std::string>>& kept) {
  auto values = json::array();
  for (const auto& [name, value] : kept) values.push_back({{"name", name}, {"value", value}});
  return values;
}

void addSelection(json& values, const ListPage& page, const Texts& texts) {
  values["canTick"] = page.ticks == ListPage::Ticks::allowed;
  values["selected"] = page.selected > 0;
  values["selectedCount"] = std::to_string(page.selected);
  values["selectedText"] = texts.count("selected", page.selected);
  values["selectedPattern"] = Texts::of(page.shell.language).all().at("selected");
  values["parts"] = json::array();
  values["against"] = "";
  for (const auto& [advice, count] : page.selectedByAdvice) {
    if (count == 0) continue;
    const auto label = texts.count("selected." + advice, count);
    if (advice == "do_not")
      values["against"] = label;
    else
      values["parts"].push_back({{"label", label}});
  }
}

std::string countText(const ListPage& page, const Texts& texts) {
  if (page.known == Known::all) return texts.count("count", page.total);
  return page.total == 0 ? texts.text("unread.count.none") : texts.count("unread.count", page.total);
}

void addRows(json& values, const ListPage& page, const Texts& texts, const Dates& dates) {
  values["rows"] = json::array();
  std::string shown;
  for (const auto& row : page.rows) {
    values["rows"].push_back(rowContext(values["rows"].size() + 1, row, texts, dates));
    if (row.lock.empty()) shown += (shown.empty() ? "" : ",") + row.id;
  }
  values["shown"] = shown;
  values["hasRows"] = !page.rows.empty();
  const auto last = page.firstRow + static_cast<std::int64_t>(page.rows.size()) - 1;
  const auto filling = {notify::Filling{"first", numberText(page.firstRow)},
                        notify::Filling{"last", numberText(last)},
                        notify::Filling{"n", numberText(page.total)}};
  values["count"] = countText(page, texts);
  values["range"] = page.rows.empty() ? "" : texts.text("count.range", filling);
  values["pageRange"] = texts.text("range", filling);
  values["foot"] = texts.count("rows.foot", page.pageSize);
  values["next"] = texts.count("next", page.pageSize);
  values["firstPage"] = page.firstPageHref;
  values["nextPage"] = page.nextPageHref;
  values["sortHref"] = page.sortHref;
  values["sortOrder"] = page.sort == ListPage::Sort::created ? "descending" : "none";
  values["wider"] = page.widerHref;
}

}  // namespace

std::string render(const ListPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const Dates dates(page.shell);
  auto values = shellContext(page.shell, texts.text("rows.title"), Script::desk);
  values["dates"] = datesOf(page, texts, dates);
  values["from"] = toText(page.first);
  values["to"] = toText(page.last);
  values["presets"] = json::array();
  for (const auto& preset : page.presets) values["presets"].push_back(choiceContext(preset));
  values["first"] = json();
  if (page.whatFirst) {
    values["first"] = {{"strong", page.whatFirst->strong},
                       {"text", page.whatFirst->text},
                       {"href", page.whatFirst->href},
                       {"link", page.whatFirst->link},
                       {"lines", json::array()}};
    for (const auto& line : page.whatFirst->lines) values["first"]["lines"].push_back({{"line", line.text}});
    addLook(values["first"], page.whatFirst->kind);
  }
  values["undated"] = page.undated ? choiceContext(*page.undated) : json();
  values["sides"] = json::array();
  for (const auto& side : page.sides) {
    auto tile = chipContext(texts, {"side." + side.side, ""});
    const bool isUnknown = page.known == Known::partly && side.count == 0;
    tile["count"] = isUnknown ? texts.text("unread.count.none") : numberText(side.count);
    tile["unit"] = isUnknown ? "" : texts.text(page.known == Known::all ? "unit.entries" : "unread.unit");
    tile["href"] = side.href;
    tile["hint"] = texts.text(fmt::format("side.{}.hint", side.side));
    tile["current"] = side.state == Choice::State::current;
    values["sides"].push_back(std::move(tile));
  }
  values["empty"] = texts.text(page.known == Known::all ? "empty" : "unread.empty");
  values["notes"] = json::array();
  for (const auto& note : page.notes) values["notes"].push_back({{"note", note}});
  values["freshness"] = freshnessOf(page, texts, dates);
  values["csv"] = page.csvHref;
  values["xlsx"] = page.xlsxHref;
  values["filtersHref"] = page.filtersHref;
  values["filters"] = json::array();
  for (const auto& filter : page.filters) values["filters"].push_back(filterContext(filter, texts));
  values["domain"] = page.domain;
  values["gone"] = page.gone == ListPage::Gone::shown;
  values["active"] = json::array();
  for (const auto& choice : page.active) {
    auto one = choiceContext(choice);
    one["remove"] = texts.text("filter.remove", {{"label", choice.label}});
    values["active"].push_back(std::move(one));
  }
  values["hasActive"] = !page.active.empty();
  values["keptForPeriod"] = keptContext(page.keptForPeriod);
  values["keptForFilter"] = keptContext(page.keptForFilter);
  addRows(values, page, texts, dates);
  addSelection(values, page, texts);
  return renderTemplate("list", page.shell.language, values);
}

}  // namespace arrivald::pages
