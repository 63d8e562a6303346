#include "daemon/desk_login.hpp"

#include <algorithm>

#include "daemon/desk_query.hpp"
#include "daemon/responses.hpp"
#include "desk/origin.hpp"
#include "desk/password.hpp"
#include "http/url.hpp"
#include "pages/context.hpp"
#include "pages/login_page.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;
using Wait = desk::LoginThrottle::Wait;

namespace {

constexpr std::size_t kMaxUserBytes = 128;

pages::Message noteOf(std::string kind, std::string strong, std::string text = "") {
  pages::Message note;
  note.kind = std::move(kind);
  note.strong = std::move(strong);
  note.text = std::move(text);
  if (note.kind == "error") note.urgency = pages::Message::Urgency::alert;
  return note;
}

}  // namespace

Response DeskLogin::show(const ServerRequest& request, unsigned status, pages::Message note,
                         const Attempt& attempt) {
  const auto language = languageOf(request.headers, *config_);
  pages::LoginPage page;
  page.shell = emptyShell(*config_, parts_.clock.now(), language, "/login");
  if (!note.strong.empty()) page.note = std::move(note);
  page.user = attempt.user;
  page.returnTo = attempt.returnTo;
  page.kept = attempt.kept;
  return htmlResponse(status, render(page));
}

Response DeskLogin::page(const ServerRequest& request) {
  const auto& texts = pages::Texts::of(languageOf(request.headers, *config_));
  Attempt attempt;
  attempt.returnTo = desk::localPath(request.parameter("return").value_or("/"));
  attempt.kept = request.parameter("kept").value_or("");
  // Who is logged in already goes where the link led.
  if (!config_->desk->proxy.header.empty() || parts_.sessions.find(parts_.gate.tokenOf(request)))
    return seeOther(attempt.returnTo);
  const auto why = request.parameter("why").value_or("");
  const auto ticks = static_cast<std::int64_t>(parts_.forms.ticksOf(attempt.kept));
  if (why == "expired")
    return show(
        request, 200,
        noteOf("expired", texts.text("login.expired"),
               ticks > 0 ? texts.count("login.expired.kept", ticks) : texts.text("login.expired.text")),
        attempt);
  if (why != "out") return show(request, 200, pages::Message(), attempt);
  const auto kept = ticks > 0 ? texts.count("login.out.kept", ticks) : std::string();
  return show(request, 200, noteOf("ok", texts.text("login.out"), kept), attempt);
}

void DeskLogin::append(const Attempt& attempt, desk::Act act, const std::string& outcome) {
  desk::RecordEntry entry;
  entry.by = {attempt.user, desk::Role::viewer, attempt.from};
  for (const auto& user : config_->desk->users)
    if (user.name == attempt.user) entry.by.role = roleOf(user.role);
  entry.act = act;
  entry.outcome = outcome;
  static_cast<void>(parts_.record.append(entry));
}

Response DeskLogin::refuse(const ServerRequest& request, const Attempt& attempt) {
  const auto shell =
      emptyShell(*config_, parts_.clock.now(), languageOf(request.headers, *config_), "/login");
  const auto& texts = pages::Texts::of(shell.language);
  const auto wait = parts_.throttle.wait(attempt.user, attempt.from);
  const auto time = pages::Dates(shell).span(wait.left);
  if (wait.of == Wait::Of::address) return problemResponse(shell, 429, "problem.too_many", time);
  if (wait.of == Wait::Of::user)
    return show(request, 429, noteOf("error", texts.text("login.locked", {{"time", time}})), attempt);
  return show(request, 401, noteOf("error", texts.count("login.failed", desk::LoginThrottle::kFailures)),
              attempt);
}

Response DeskLogin::welcome(const ServerRequest& request, const Attempt& attempt,
                            const config::DeskUser& user) {
  parts_.throttle.succeeded(attempt.user, attempt.from);
  // Whatever token the browser came with ends: nobody can have planted it.
  parts_.sessions.close(parts_.gate.tokenOf(request));
  const auto token = parts_.sessions.open({user.name, roleOf(user.role)});
  append(attempt, desk::Act::logIn, "");
  auto target = attempt.returnTo;
  if (target.starts_with("/releases/") && !attempt.kept.empty()) {
    // The page of the draft takes what its form held.
    target += (target.find('?') == std::string::npos ? "?" : "&") + desk::toQuery({{"kept", attempt.kept}});
  } else if (const auto form = parts_.forms.take(attempt.kept, user.name)) {
    static_cast<void>(parts_.selections.change(user.name, form->pieces("shown"), form->all("entry")));
  }
  auto response = seeOther(target);
  response.headers.add("Set-Cookie", desk::sessionCookie(token, parts_.gate.cookieScope(request)));
  return response;
}

Task<Response> DeskLogin::logIn(const ServerRequest& request) {
  const auto language = languageOf(request.headers, *config_);
  const auto& texts = pages::Texts::of(language);
  const auto form = desk::Form::parse(request.body);
  Attempt attempt;
  attempt.from = parts_.gate.addressOf(request);
  if (!form || !desk::isSameOrigin(request.headers) || !config_->desk->proxy.header.empty())
    co_return problemResponse(emptyShell(*config_, parts_.clock.now(), language, ""), 403, "problem.csrf");
  attempt.user = form->text("user").substr(0, kMaxUserBytes);
  attempt.returnTo = desk::localPath(form->text("return"));
  attempt.kept = form->text("kept");
  Secret password(form->text("password").substr(0, desk::kMaxPasswordBytes));
  if (attempt.user.empty() || password.empty())
    co_return show(request, 422, noteOf("error", texts.text("login.empty")), attempt);
  if (parts_.throttle.wait(attempt.user, attempt.from).of != Wait::Of::none)
    co_return refuse(request, attempt);

  const auto config = config_;
  const auto& users = config->desk->users;
  const auto known =
      std::find_if(users.begin(), users.end(), [&](const auto& user) { return user.name == attempt.user; });
  // A name that does not exist costs the same.
  const bool isKnown = known != users.end() && !known->passwordHash.empty();
  std::string hash(isKnown ? known->passwordHash.reveal() : desk::hashOfNobody());
  auto matches = co_await parts_.passwords.matches(std::move(password), std::move(hash));
  if (!matches) {
    auto busy = show(request, 503, noteOf("error", texts.text("login.busy")), attempt);
    busy.headers.add("Retry-After", "5");
    co_return busy;
  }
  if (isKnown && *matches) co_return welcome(request, attempt, *known);
  parts_.throttle.failed(attempt.user, attempt.from);
  append(attempt, desk::Act::logInRefused, "");
  co_return refuse(request, attempt);
}

Response DeskLogin::logOut(const ServerRequest& request) {
  const auto token = parts_.gate.tokenOf(request);
  const auto form = desk::Form::parse(request.body);
  const auto session = parts_.sessions.find(token);
  if (session && form && desk::isSameOrigin(request.headers) &&
      desk::equalInConstantTime(form->text("csrf"), session->csrf)) {
    parts_.sessions.close(token);
    append({session->user, parts_.gate.addressOf(request), "", ""}, desk::Act::logOut, "");
  } else if (session) {
    return seeOther("/");
  }
  auto response = seeOther("/login?why=out");
  response.headers.add("Set-Cookie", desk::endedSessionCookie(parts_.gate.cookieScope(request)));
  return response;
}

// Shows a page of ours in a language, and all others from now on.
static Response inLanguage(const std::string& language, const std::string& path) {
  auto response = seeOther(desk::localPath(path));
  response.headers.add(
      "Set-Cookie", "arrivald-language=" + language + "; SameSite=Lax; Path=/; HttpOnly; Max-Age=31536000");
  return response;
}

Response DeskLogin::chooseLanguage(const ServerRequest& request) {
  const auto form = desk::Form::parse(request.body);
  if (!form || !desk::isSameOrigin(request.headers)) return seeOther("/");
  const auto& language = form->text("language");
  if (language == "ja" || language == "en") return inLanguage(language, form->text("return"));
  return seeOther(desk::localPath(form->text("return")));
}

std::optional<Response> DeskLogin::languageOfLink(const ServerRequest& request) {
  if (!languageAsked(request)) return std::nullopt;
  const auto query = desk::Form::parse(request.query);
  if (!query) return std::nullopt;
  auto rest = query->pairs();
  std::erase_if(rest, [](const auto& pair) { return pair.first == "lang"; });
  return inLanguage(query->text("lang"), hrefOf(request.path, rest));
}

}  // namespace arrivald
