#include "pages/result_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"
#include "pages/way.hpp"

namespace arrivald::pages {

std::string render(const ResultPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  auto values = shellContext(page.shell, texts.text("result.title"), Script::desk);
  addWay(values, texts, page.stage == ResultPage::Stage::verifying ? 3 : 4, page.backHref);
  values["sub"] = page.sub;
  addReleasedRows(values, page.rows, page.shell);
  values["refreshWithoutScript"] = values["live"];
  return renderTemplate("result", page.shell.language, values);
}

}  // namespace arrivald::pages
