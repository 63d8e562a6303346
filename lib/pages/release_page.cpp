#include "pages/release_page.hpp"

#include <fmt/format.h>

#include "pages/context.hpp"
#include "pages/template.hpp"
#include "pages/way.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

json rowContext(const ReleasePage::Row& row, const Texts& texts) {
  json values = {{"id", row.id},
                 {"account", row.account},
                 {"strong", row.strong},
                 {"text", row.text},
                 {"said", row.said},
                 {"ticked", row.tick == ReleasePage::Row::Tick::on},
                 {"lock", row.lock},
                 {"list", texts.text("list." + row.list)},
                 {"dropLabel", texts.text("drop.label", {{"address", row.address}})}};
  addAddress(values, row.address);
  return values;
}

json groupContext(const ReleasePage::Group& group, const Texts& texts) {
  json values = {
      {"name", group.advice},
      {"title", texts.count("group." + group.advice, static_cast<std::int64_t>(group.rows.size()))},
      {"hint", group.advice == "once_confirmed" ? texts.text("group.once_confirmed.hint") : ""}};
  addLook(values, "advice." + group.advice);
  values["rows"] = json::array();
  for (const auto& row : group.rows) values["rows"].push_back(rowContext(row, texts));
  return values;
}

// What a release means differs between lists: only what mail finds comes back by itself.
void addFacts(json& values, const ReleasePage& page, const Texts& texts) {
  bool failures = false, unsubscribes = false, reports = false;
  for (const auto& group : page.groups)
    for (const auto& row : group.rows) {
      if (row.list == "spam_reports")
        reports = true;
      else if (row.list == "unsubscribes" || row.list == "group_unsubscribes")
        unsubscribes = true;
      else
        failures = true;
    }
  values["facts"] = json::array();
  const auto add = [&](const char* strong, const char* more) {
    values["facts"].push_back({{"strong", texts.text(strong)}, {"text", texts.text(more)}});
  };
  if (failures) add(unsubscribes || reports ? "fact.failures" : "fact.1", "fact.1.more");
  if (unsubscribes) add("fact.unsubscribes", "fact.unsubscribes.more");
  if (reports) add("fact.reports", "fact.reports.more");
}

// The way that follows the advice.
void addAdvised(json& values, const ReleasePage& page, const Texts& texts) {
  const auto n = page.safe + page.confirmed;
  bool hasTicks = false;
  for (const auto& group : page.groups)
    for (const auto& row : group.rows) hasTicks = hasTicks || !row.said.empty();
  // Ticks are made after the page was rendered, also without a script: nothing here may depend on them.
  const auto* key = !hasTicks ? "advised.text.safe" : page.safe == 0 ? "advised.text.ticked" : "advised.text";
  auto text = texts.text(key, {{"safe", numberText(page.safe)}});
  if (page.total > page.safe) text += texts.text("advised.rest");
  values["advisedTitle"] = hasTicks ? texts.text("advised.title.ticks") : texts.count("advised.title", n);
  values["advisedText"] = text;
  values["advisedGo"] = hasTicks ? texts.text("advised.go.ticks") : n > 0 ? texts.count("advised.go", n) : "";
  // What the script counts, it puts into these.
  values["safe"] = std::to_string(page.safe);
  values["titlePattern"] = hasTicks ? texts.all().at("advised.title") : "";
  values["goPattern"] = hasTicks ? texts.all().at("advised.go") : "";
}

}  // namespace

std::string render(const ReleasePage& page) {
  const auto& texts = Texts::of(page.shell.language);
  auto values = shellContext(page.shell, texts.text("release.title"), Script::desk);
  addWay(values, texts, 2, page.backHref);
  values["action"] = page.action;
  values["draftVersion"] = page.draftVersion;
  values["count"] = std::to_string(page.total);
  values["selected"] = texts.count("release.selected", page.total);
  values["groups"] = json::array();
  for (const auto& group : page.groups) values["groups"].push_back(groupContext(group, texts));
  values["hasGroups"] = !page.groups.empty();
  addFacts(values, page, texts);
  values["fact3"] = texts.text("fact.3", {{"left", numberText(page.leftToday)},
                                          {"day", numberText(page.perDay)},
                                          {"request", numberText(page.perRequest)}});
  values["reasons"] = json::array();
  for (const auto* reason : {"they_told_us", "mended", "one_try", "other"})
    values["reasons"].push_back({{"value", reason},
                                 {"label", texts.text(fmt::format("reason.{}", reason))},
                                 {"checked", page.reason == reason}});
  values["whyError"] = page.reasonError;
  values["memo"] = page.memo;
  addAdvised(values, page, texts);
  values["all"] = page.total > page.safe + page.confirmed;
  values["allTitle"] = texts.count("all.title", page.total);
  values["allGo"] = texts.count("all.go", page.total);
  values["typed"] = page.typed;
  values["numberError"] = page.numberError;
  return renderTemplate("release", page.shell.language, values);
}

}  // namespace arrivald::pages
