#include "daemon/desk_visit.hpp"

#include "daemon/commands.hpp"
#include "desk/origin.hpp"
#include "desk/permissions.hpp"
#include "http/accept_language.hpp"
#include "http/url.hpp"
#include "pages/login_page.hpp"

namespace arrivald {

using http::Response;

std::string DeskVisit::behind(std::string_view prefix) const {
  if (!request.path.starts_with(prefix)) return {};
  return http::percentDecode(request.path.substr(prefix.size()));
}

std::string DeskVisit::here() const {
  auto all = query.pairs();
  std::erase_if(all, [](const auto& pair) { return pair.first == "from_link"; });
  const auto asked = desk::toQuery(all);
  return std::string(request.path) + (asked.empty() ? "" : "?" + asked);
}

pages::Shell emptyShell(const config::Config& config, Instant now, Language language, std::string here) {
  pages::Shell shell;
  shell.language = language;
  shell.zone = config.desk ? config.desk->zone : config.zone;
  shell.now = now;
  shell.here = std::move(here);
  shell.version = kVersion;
  const auto& texts = pages::Texts::of(language);
  if (!config.desk) return shell;
  const auto& listen = config.desk->listen;
  const bool isLocal = listen.address.starts_with("127.") || listen.address == "::1";
  if (config.desk->allowPlainHttp && !isLocal && listen.certificateFile.empty()) {
    pages::Message message;
    message.kind = "error";
    message.strong = texts.text("plain_http");
    shell.messages.push_back(std::move(message));
  }
  return shell;
}

pages::Shell shellOf(const DeskVisit& visit, pages::Tab tab) {
  // A page that a form led to has no address of its own to come back to.
  auto shell = emptyShell(visit.config, visit.now, visit.language,
                          visit.request.method == "POST" ? "/" : visit.here());
  shell.tab = tab;
  shell.user = visit.actor.user;
  shell.role = name(visit.actor.role);
  shell.csrf = visit.csrf;
  shell.watchUrl = visit.config.links.page;
  if (!visit.config.desk->proxy.header.empty()) shell.logIn = pages::Shell::LogIn::proxy;
  if (visit.config.desk->dryRun) {
    pages::Message message;
    message.strong = visit.texts().text("dry_run.text");
    shell.messages.push_back(std::move(message));
  }
  return shell;
}

Response htmlResponse(unsigned status, std::string html) {
  return {status, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(html)};
}

Response seeOther(const std::string& path) { return {303, {{"Location", path}}, {}}; }

Response problemResponse(pages::Shell shell, unsigned status, const std::string& key,
                         const std::string& time) {
  const auto& texts = pages::Texts::of(shell.language);
  pages::ProblemPage page{std::move(shell), texts.text(key), texts.text(key + ".text", {{"time", time}})};
  return htmlResponse(status, render(page));
}

Response problemResponse(const DeskVisit& visit, unsigned status, const std::string& key) {
  return problemResponse(shellOf(visit, pages::Tab::none), status, key);
}

Language languageOf(const http::Headers& headers, const config::Config& config) {
  const auto chosen = desk::cookieNamed(headers, "arrivald-language");
  if (chosen == "ja") return Language::japanese;
  if (chosen == "en") return Language::english;
  return http::preferredLanguage(headers.find("Accept-Language").value_or("")).value_or(config.language);
}

}  // namespace arrivald
