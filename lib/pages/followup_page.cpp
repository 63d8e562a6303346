#include "pages/followup_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {

std::string render(const FollowupPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  auto values = shellContext(page.shell, texts.text("follow.title"), Script::desk);
  values["tally"] = nlohmann::json::array();
  for (const auto& tile : page.tiles) {
    nlohmann::json one = {{"label", texts.text("follow." + tile.kind)},
                          {"count", numberText(tile.count)},
                          {"href", tile.href},
                          {"current", tile.state == Choice::State::current}};
    addLook(one, (tile.kind == "pending" ? "outcome." : "after.") + tile.kind);
    values["tally"].push_back(std::move(one));
  }
  values["onFollow"] = true;
  values["onRecord"] = false;
  addReleasedRows(values, page.rows, page.shell);
  const auto last = page.firstRow + static_cast<std::int64_t>(page.rows.size()) - 1;
  values["range"] = texts.text(
      "range",
      {{"n", numberText(page.total)}, {"first", numberText(page.firstRow)}, {"last", numberText(last)}});
  values["next"] = texts.count("next", page.pageSize);
  values["nextPage"] = page.nextPageHref;
  return renderTemplate("followup", page.shell.language, values);
}

}  // namespace arrivald::pages
