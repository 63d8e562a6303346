#include "daemon/dmarc_site.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "daemon/commands.hpp"
#include "daemon/dmarc_csv.hpp"
#include "daemon/responses.hpp"
#include "notify/catalogue.hpp"
#include "notify/job_words.hpp"
#include "pages/status_page.hpp"
#include "watch/dmarc_answers.hpp"
#include "watch/dmarc_page_model.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;

namespace {

constexpr std::size_t kRefusedShown = 50;
constexpr std::size_t kRefusedListed = 1000;
constexpr std::string_view kPagePath = "/dmarc/";

int daysAsked(const ServerRequest& request) {
  return numberIn<int>(request.parameter("days").value_or("")).value_or(dmarc::kEnforcementDays);
}

bool wantsJson(const ServerRequest& request) { return request.parameter("format") != "text"; }

}  // namespace

void DmarcSite::get(http::Router& router, const char* path, Answer responder) {
  router.add("GET", path, [this, responder](const ServerRequest& request) -> Task<Response> {
    return (this->*responder)(request);
  });
}

void DmarcSite::addTo(http::Router& router) {
  get(router, "/dmarc", &DmarcSite::index);
  get(router, "/dmarc/*", &DmarcSite::page);
  get(router, "/api/v1/dmarc/summary", &DmarcSite::summary);
  get(router, "/api/v1/dmarc/sources", &DmarcSite::sources);
  get(router, "/api/v1/dmarc/ready", &DmarcSite::ready);
  get(router, "/api/v1/dmarc/refused", &DmarcSite::refused);
}

Language DmarcSite::languageFor(const ServerRequest& request) const {
  return languageAsked(request).value_or(config_->language);
}

pages::DmarcFrame DmarcSite::frameFor(const ServerRequest& request) const {
  return {languageFor(request), config_->zone, owners_.clock().now(), kVersion, ""};
}

std::optional<Response> DmarcSite::obstacle(const ServerRequest& request, const std::string& domain) const {
  const auto& words = notify::Catalogue::of(languageFor(request));
  if (!config_->dmarc) return textResponse(404, words.text("cli.dmarc.not_configured") + '\n');
  const auto known = watch::dmarcDomains(reports_, *config_);
  if (!known) return textResponse(503, known.error().text + '\n');
  if (domain.empty() || std::ranges::find(*known, domain) != known->end()) return std::nullopt;
  std::string names;
  for (const auto& name : *known) names += (names.empty() ? "" : ", ") + name;
  return textResponse(404,
                      words.text("cli.dmarc.unknown_domain", {{"domain", domain}, {"known", names}}) + '\n');
}

Task<Result<std::vector<DmarcSite::View>>> DmarcSite::views(std::string asked, int days) {
  // A reload may come while they are found.
  const auto config = config_;
  const auto known = watch::dmarcDomains(reports_, *config);
  if (!known) co_return known.error();
  std::vector<View> views;
  for (const auto& domain : *known) {
    if (!asked.empty() && domain != asked) continue;
    auto one = co_await views_.view(config, domain, days);
    if (!one) co_return one.error();
    views.push_back(std::move(*one));
  }
  co_return std::move(views);
}

Task<Response> DmarcSite::index(const ServerRequest& request) {
  auto frame = frameFor(request);
  if (!config_->dmarc) {
    pages::DmarcIndex empty;
    empty.frame = std::move(frame);
    empty.configured = false;
    co_return pageResponse(200, pages::render(empty));
  }
  const watch::DmarcIntake intake{reports_.lastInput(), config_->dmarc->directory, reports_.folder()};
  const auto days = daysAsked(request);
  auto asked = request.parameter("domain").value_or("");
  const auto views = co_await this->views(std::move(asked), days);
  if (!views) co_return textResponse(503, views.error().text + '\n');
  const auto refused = watch::dmarcRefused(reports_, kRefusedShown);
  if (!refused) co_return textResponse(503, refused.error().text + '\n');
  co_return pageResponse(200, pages::render(watch::dmarcIndexOf(*views, *refused, intake, std::move(frame))));
}

Task<Response> DmarcSite::file(const ServerRequest& request, std::string domain, std::string table) {
  if (auto refused = obstacle(request, domain)) co_return std::move(*refused);
  const auto days = daysAsked(request);
  auto whole = co_await views_.whole(config_, std::move(domain), days);
  if (!whole) co_return textResponse(503, whole.error().text + '\n');
  co_return dmarcCsv(std::move(*whole), table, thread_);
}

Task<Response> DmarcSite::page(const ServerRequest& request) {
  std::string domain(std::string_view(request.path).substr(kPagePath.size()));
  if (const auto slash = domain.find('/'); slash != std::string::npos && domain.ends_with(".csv")) {
    auto table = domain.substr(slash + 1, domain.size() - slash - 5);
    if (isDmarcTable(table)) {
      domain.resize(slash);
      auto response = co_await file(request, std::move(domain), std::move(table));
      co_return std::move(response);
    }
  }
  if (auto refused = obstacle(request, domain)) co_return std::move(*refused);
  auto frame = frameFor(request);
  const auto days = daysAsked(request);
  const auto one = co_await views_.view(config_, std::move(domain), days);
  if (!one) co_return textResponse(503, one.error().text + '\n');
  co_return pageResponse(200, pages::render(watch::dmarcPageOf(**one, std::move(frame))));
}

Task<DmarcSite::Found> DmarcSite::found(const ServerRequest& request) {
  auto domain = request.parameter("domain").value_or("");
  Found found;
  found.instead = obstacle(request, domain);
  if (found.instead) co_return std::move(found);
  if (domain.empty()) domain = config_->dmarc->domains.front().name;
  const auto days = daysAsked(request);
  auto one = co_await views_.view(config_, std::move(domain), days);
  if (one)
    found.view = std::move(*one);
  else
    found.instead = textResponse(503, one.error().text + '\n');
  co_return std::move(found);
}

Task<Response> DmarcSite::summary(const ServerRequest& request) {
  auto asked = request.parameter("domain").value_or("");
  if (auto refused = obstacle(request, asked)) co_return std::move(*refused);
  const auto days = daysAsked(request);
  const auto found = co_await views(std::move(asked), days);
  if (!found) co_return textResponse(503, found.error().text + '\n');
  if (wantsJson(request)) co_return jsonResponse(200, watch::dmarcSummaryJson(*found));
  co_return textResponse(200, watch::dmarcSummaryText(*found, languageFor(request)));
}

Task<Response> DmarcSite::sources(const ServerRequest& request) {
  auto one = co_await found(request);
  if (one.instead) co_return std::move(*one.instead);
  if (wantsJson(request)) co_return jsonResponse(200, watch::dmarcSourcesJson(*one.view));
  co_return textResponse(200, watch::dmarcSourcesText(*one.view, languageFor(request)));
}

Task<Response> DmarcSite::ready(const ServerRequest& request) {
  auto one = co_await found(request);
  if (one.instead) co_return std::move(*one.instead);
  const auto language = languageFor(request);
  if (wantsJson(request)) co_return jsonResponse(200, watch::dmarcReadyJson(*one.view, language));
  co_return textResponse(200, watch::dmarcReadyText(*one.view, language));
}

namespace {

// Of files that were not even refused, since they cannot be read.
std::string unreadFiles(const watch::DmarcReports& reports, const notify::Catalogue& words) {
  const auto& folder = reports.folder();
  if (!folder) return {};
  const auto& error = folder->error ? folder->error : folder->unread;
  return error ? words.text("cli.dmarc.aside.unread", {{"error", notify::errorWords(words, *error)}})
               : std::string();
}

}  // namespace

Task<Response> DmarcSite::refused(const ServerRequest& request) {
  if (auto obstacle = this->obstacle(request, "")) co_return std::move(*obstacle);
  const auto rows = watch::dmarcRefused(reports_, kRefusedListed);
  if (!rows) co_return textResponse(503, rows.error().text + '\n');
  const auto unread = unreadFiles(reports_, notify::Catalogue::of(languageFor(request)));
  if (wantsJson(request)) {
    auto answer = nlohmann::ordered_json::parse(watch::dmarcRefusedJson(*rows));
    answer["unread"] = unread;
    co_return jsonResponse(200, answer.dump(2) + '\n');
  }
  auto text = watch::dmarcRefusedText(*rows, reports_.zone(), languageFor(request));
  if (!unread.empty()) text += unread + '\n';
  co_return textResponse(200, std::move(text));
}

}  // namespace arrivald
