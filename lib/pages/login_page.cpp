#include "pages/login_page.hpp"

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {

std::string render(const LoginPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  auto values = shellContext(page.shell, texts.text("login.title"), Script::none);
  values["note"] = nlohmann::json();
  if (page.note) {
    nlohmann::json note = {{"strong", page.note->strong},
                           {"text", page.note->text},
                           {"role", page.note->urgency == Message::Urgency::alert ? "alert" : "status"}};
    addLook(note, page.note->kind);
    values["note"] = std::move(note);
  }
  values["typedUser"] = page.user;
  values["returnTo"] = page.returnTo;
  values["kept"] = page.kept;
  values["go"] = texts.text(page.returnTo.empty() || page.returnTo == "/" ? "login.go" : "login.go.kept");
  return renderTemplate("login", page.shell.language, values);
}

std::string render(const ProblemPage& page) {
  auto values = shellContext(page.shell, page.heading, Script::none);
  values["heading"] = page.heading;
  values["text"] = page.text;
  values["toList"] = !page.shell.user.empty();
  values["again"] = page.again.action;
  values["fields"] = nlohmann::json::array();
  for (const auto& [name, value] : page.again.fields)
    values["fields"].push_back({{"name", name}, {"value", value}});
  return renderTemplate("problem", page.shell.language, values);
}

}  // namespace arrivald::pages
