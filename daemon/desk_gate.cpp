#include "daemon/desk_gate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "desk/origin.hpp"
#include "pages/login_page.hpp"
#include "pages/template.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;

namespace {

// Stands in the query of a page that was reloaded to make the browser send the cookie.
constexpr const char* kFromLink = "from_link";

std::string targetOf(const ServerRequest& request) {
  return std::string(request.path) + (request.query.empty() ? "" : "?" + std::string(request.query));
}

}  // namespace

desk::Role roleOf(config::DeskRole role) {
  return role == config::DeskRole::admin       ? desk::Role::admin
         : role == config::DeskRole::operator_ ? desk::Role::operator_
                                               : desk::Role::viewer;
}

DeskGate::DeskGate(const Clock& clock, desk::Sessions& sessions, desk::Record& record, desk::KeptForms& forms,
                   const desk::RandomBytes& random)
    : clock_(clock),
      sessions_(sessions),
      record_(record),
      forms_(forms),
      secret_(desk::toHex(random(desk::kTokenBytes))) {}

void DeskGate::use(std::shared_ptr<const config::Config> configuration) {
  config_ = std::move(configuration);
  proxies_ = {config_->desk->proxy.peers, config_->desk->proxy.header};
}

std::string DeskGate::addressOf(const ServerRequest& request) const {
  return desk::addressOf(proxies_, request.headers, request.peer);
}

desk::CookieScope DeskGate::cookieScope(const ServerRequest& request) const {
  const bool isSecure = !config_->desk->listen.certificateFile.empty() ||
                        desk::isSecureAtProxy(proxies_, request.headers, request.peer);
  return isSecure ? desk::CookieScope::secure : desk::CookieScope::plain;
}

std::string DeskGate::tokenOf(const ServerRequest& request) const {
  return desk::cookieNamed(request.headers, desk::cookieName(cookieScope(request)));
}

pages::Shell DeskGate::shellFor(const ServerRequest& request) const {
  return emptyShell(*config_, clock_.now(), languageOf(request.headers, *config_), "");
}

// The user that the proxy names, if the configuration knows it.
Result<desk::Session> DeskGate::identified(const ServerRequest& request) {
  const auto user = desk::identityOf(proxies_, request.headers, request.peer);
  if (!user) return user.error();
  const auto& users = config_->desk->users;
  const auto known =
      std::find_if(users.begin(), users.end(), [&](const auto& one) { return one.name == *user; });
  if (known == users.end()) return Error{Error::Kind::notFound, "the user is not in desk.users"};
  return desk::Session{known->name, roleOf(known->role), desk::csrfTokenOf(secret_ + known->name)};
}

std::optional<desk::Session> DeskGate::sessionOf(const ServerRequest& request) {
  if (proxies_.identityHeader.empty()) return sessions_.find(tokenOf(request));
  auto known = identified(request);
  if (!known) return std::nullopt;
  return std::move(*known);
}

// A browser does not send our cookie with the first request after a link on another site; it does with the
// second, which our own page makes.
Response DeskGate::withoutSession(const ServerRequest& request, const desk::Form& query) {
  // What a browser takes for the address of another site ("//host", "/\\host") is sent back to nobody.
  if (desk::localPath(request.path) != request.path)
    return problemResponse(shellFor(request), 404, "problem.not_found");
  const bool isForm = request.method == "POST";
  if (!isForm && desk::isCrossSite(request.headers) && !query.has(kFromLink)) {
    const auto again = targetOf(request) + (request.query.empty() ? "?" : "&") + kFromLink + "=1";
    return htmlResponse(
        200, fmt::format("<!doctype html><html><head><meta charset=\"utf-8\"><meta "
                         "http-equiv=\"refresh\" content=\"0;url={}\"><title>arrivald</title></head>"
                         "<body></body></html>",
                         pages::escapeHtml(again)));
  }
  auto pairs = query.pairs();
  std::erase_if(pairs, [](const auto& pair) { return pair.first == kFromLink; });
  const auto asked = desk::toQuery(pairs);
  auto back = std::string(request.path) + (asked.empty() ? "" : "?" + asked);
  std::vector<std::pair<std::string, std::string>> login;
  if (isForm) {
    auto form = desk::Form::parse(request.body);
    auto user = sessions_.userOf(tokenOf(request));
    // Logged out in another tab, the browser has no cookie any more: the form's own token tells.
    const bool isOut = user.empty() && form;
    if (isOut) user = sessions_.userOfForm(form->text("csrf"));
    // A request shows its draft at the address of its form; the list says where it was.
    if (form && form->has("return")) back = desk::localPath(form->text("return"));
    if (!back.starts_with("/releases/") && !(form && form->has("return"))) back = "/";
    if (const auto undo = back.find("/undo"); undo != std::string::npos) back.resize(undo);
    if (form && !user.empty()) login.emplace_back("kept", forms_.keep(user, std::move(*form)));
    login.emplace_back("why", isOut && !user.empty() ? "out" : "expired");
  } else if (!sessions_.userOf(tokenOf(request)).empty()) {
    login.emplace_back("why", "expired");
  }
  if (back != "/") login.emplace_back("return", back);
  const auto parameters = desk::toQuery(login);
  return seeOther("/login" + (parameters.empty() ? "" : "?" + parameters));
}

DeskGate::Admitted DeskGate::admit(const ServerRequest& request) {
  auto query = desk::Form::parse(request.query);
  if (!query) return problemResponse(shellFor(request), 414, "problem.too_large");
  const bool isForm = request.method == "POST";
  if (isForm && !desk::isSameOrigin(request.headers)) {
    auto shell = shellFor(request);
    const auto& texts = pages::Texts::of(shell.language);
    pages::ProblemPage page{std::move(shell), texts.text("problem.csrf"), texts.text("problem.csrf.foreign")};
    return htmlResponse(403, render(page));
  }
  std::optional<desk::Session> session;
  if (!proxies_.identityHeader.empty()) {
    auto known = identified(request);
    if (!known) {
      desk::RecordEntry entry;
      entry.by.from = addressOf(request);
      entry.act = desk::Act::logInRefused;
      entry.outcome = known.error().text;
      static_cast<void>(record_.append(entry));
      if (known.error().kind != Error::Kind::notFound)
        return problemResponse(shellFor(request), 403, "problem.proxy");
      auto shell = shellFor(request);
      const auto& texts = pages::Texts::of(shell.language);
      const auto user = desk::identityOf(proxies_, request.headers, request.peer);
      pages::ProblemPage page{std::move(shell), texts.text("problem.not_a_user"),
                              texts.text("problem.not_a_user.text", {{"user", user ? *user : ""}})};
      return htmlResponse(403, render(page));
    }
    session = std::move(*known);
  } else {
    session = sessions_.find(tokenOf(request));
  }
  if (!session) return withoutSession(request, *query);

  DeskVisit visit{request,           *config_,
                  clock_.now(),      {session->user, session->role, addressOf(request)},
                  session->csrf,     languageOf(request.headers, *config_),
                  std::move(*query), {}};
  if (!isForm) return visit;
  auto form = desk::Form::parse(request.body);
  if (!form) return problemResponse(visit, 413, "problem.too_large");
  if (!desk::equalInConstantTime(form->text("csrf"), session->csrf))
    visit.trust = DeskVisit::Trust::showAgain;
  visit.form = std::move(*form);
  return visit;
}

}  // namespace arrivald
