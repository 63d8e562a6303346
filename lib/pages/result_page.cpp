#include "pages/result_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"
#include "pages/way.hpp"

namespace arrivald::pages {
namespace {

int stepOf(ResultPage::Stage stage) {
  switch (stage) {
    case ResultPage::Stage::checking:
      return 2;
    case ResultPage::Stage::verifying:
      return 3;
    case ResultPage::Stage::following:
      break;
  }
  return 4;
}

}  // namespace

std::string render(const ResultPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const auto title =
      texts.text(page.stage == ResultPage::Stage::checking ? "result.title.draft" : "result.title");
  auto values = shellContext(page.shell, title, Script::desk);
  values["heading"] = title;
  addWay(values, texts, stepOf(page.stage), page.backHref);
  values["sub"] = page.sub;
  addReleasedRows(values, page.rows, page.shell);
  values["refreshWithoutScript"] = values["live"];
  return renderTemplate("result", page.shell.language, values);
}

}  // namespace arrivald::pages
