#include <algorithm>

#include "daemon/desk_routes.hpp"
#include "desk/origin.hpp"
#include "pages/login_page.hpp"

namespace arrivald {

using http::Response;

namespace {

void note(const RouteParts& parts, const DeskVisit& visit, std::string outcome) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::refuse;
  entry.outcome = std::move(outcome);
  static_cast<void>(parts.record.append(entry));
}

}  // namespace

Response deniedResponse(const RouteParts& parts, const DeskVisit& visit, std::string_view what) {
  note(parts, visit, std::string(what) + ": the role does not allow it");
  return problemResponse(visit, 403, "problem.denied");
}

Response formAgain(const RouteParts& parts, const DeskVisit& visit) {
  note(parts, visit, "a form without the token of its session");
  if (auto draft = draftAgain(parts, visit)) return std::move(*draft);
  const auto& texts = visit.texts();
  pages::ProblemPage page{shellOf(visit, pages::Tab::none), texts.text("problem.csrf"),
                          texts.text("problem.csrf.form")};
  page.again.action = desk::localPath(visit.here());
  page.again.fields = visit.form.pairs();
  std::erase_if(page.again.fields, [](const auto& field) { return field.first == "csrf"; });
  return htmlResponse(403, render(page));
}

}  // namespace arrivald
