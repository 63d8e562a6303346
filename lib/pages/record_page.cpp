#include "pages/record_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

json rowContext(const RecordPage::Row& row, const Texts& texts, const Dates& dates) {
  const auto orDash = [&](const std::string& text) { return text.empty() ? texts.text("missing") : text; };
  return {{"iso", toIso(row.at)},
          {"time", dates.exactTime(row.at)},
          {"user", orDash(row.user)},
          {"from", orDash(row.from)},
          {"action", orDash(row.action)},
          {"subject", orDash(row.subject)},
          {"advice", orDash(row.advice)},
          {"outcome", orDash(row.outcome)},
          {"hasFrom", !row.from.empty()},
          {"hasSubject", !row.subject.empty()},
          {"hasAdvice", !row.advice.empty()},
          {"hasOutcome", !row.outcome.empty()}};
}

}  // namespace

std::string render(const RecordPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const Dates dates(page.shell);
  auto values = shellContext(page.shell, texts.text("record.title"), Script::desk);
  values["ownOnly"] = page.scope == RecordPage::Scope::own;
  values["csv"] = page.csvHref;
  values["onFollow"] = false;
  values["onRecord"] = true;
  values["filterUser"] = page.user;
  values["filterFrom"] = page.from;
  values["filterTo"] = page.to;
  values["filterAddress"] = page.address;
  values["addressError"] = page.addressError;
  values["actions"] = json::array();
  for (const auto& action : page.actions)
    values["actions"].push_back(
        {{"value", action.value}, {"label", action.label}, {"selected", action.value == page.action}});
  values["rows"] = json::array();
  for (const auto& row : page.rows) values["rows"].push_back(rowContext(row, texts, dates));
  values["hasRows"] = !page.rows.empty();
  values["next"] = texts.count("next", page.pageSize);
  values["nextPage"] = page.nextPageHref;
  return renderTemplate("record", page.shell.language, values);
}

}  // namespace arrivald::pages
