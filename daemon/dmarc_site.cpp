#include "daemon/dmarc_site.hpp"

#include <algorithm>

#include "base/number.hpp"
#include "daemon/commands.hpp"
#include "daemon/responses.hpp"
#include "notify/catalogue.hpp"
#include "pages/dmarc_page.hpp"
#include "pages/status_page.hpp"
#include "watch/dmarc_answers.hpp"
#include "watch/dmarc_page_model.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;

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
  router.add("GET", path, [this, responder](const ServerRequest& request) -> runtime::Task<Response> {
    co_return (this->*responder)(request);
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

Result<watch::DmarcView> DmarcSite::view(const std::string& domain, int days) const {
  return watch::dmarcView(reports_, std::as_const(owners_).statistics(), *config_, owners_.clock().now(),
                          domain, days);
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

Result<std::vector<watch::DmarcView>> DmarcSite::views(const ServerRequest& request) const {
  const auto asked = request.parameter("domain").value_or("");
  const auto known = watch::dmarcDomains(reports_, *config_);
  if (!known) return known.error();
  std::vector<watch::DmarcView> views;
  for (const auto& domain : *known) {
    if (!asked.empty() && domain != asked) continue;
    auto one = view(domain, daysAsked(request));
    if (!one) return one.error();
    views.push_back(std::move(*one));
  }
  return views;
}

Response DmarcSite::index(const ServerRequest& request) {
  pages::DmarcFrame frame{languageFor(request), config_->zone, owners_.clock().now(), kVersion, ""};
  if (!config_->dmarc) {
    pages::DmarcIndex empty;
    empty.frame = std::move(frame);
    empty.configured = false;
    return pageResponse(200, pages::render(empty));
  }
  const auto views = this->views(request);
  if (!views) return textResponse(503, views.error().text + '\n');
  const auto refused = watch::dmarcRefused(reports_, kRefusedShown);
  if (!refused) return textResponse(503, refused.error().text + '\n');
  return pageResponse(200, pages::render(watch::dmarcIndexOf(*views, *refused, std::move(frame))));
}

Response DmarcSite::page(const ServerRequest& request) {
  const std::string domain(std::string_view(request.path).substr(kPagePath.size()));
  if (auto refused = obstacle(request, domain)) return std::move(*refused);
  const auto one = view(domain, daysAsked(request));
  if (!one) return textResponse(503, one.error().text + '\n');
  pages::DmarcFrame frame{languageFor(request), config_->zone, owners_.clock().now(), kVersion, ""};
  return pageResponse(200, pages::render(watch::dmarcPageOf(*one, std::move(frame))));
}

template <class Text, class Json>
Response DmarcSite::one(const ServerRequest& request, Text asText, Json asJson) {
  auto domain = request.parameter("domain").value_or("");
  if (auto refused = obstacle(request, domain)) return std::move(*refused);
  if (domain.empty()) domain = config_->dmarc->domains.front().name;
  const auto found = view(domain, daysAsked(request));
  if (!found) return textResponse(503, found.error().text + '\n');
  return wantsJson(request) ? jsonResponse(200, asJson(*found)) : textResponse(200, asText(*found));
}

Response DmarcSite::summary(const ServerRequest& request) {
  if (auto refused = obstacle(request, request.parameter("domain").value_or(""))) return std::move(*refused);
  const auto found = views(request);
  if (!found) return textResponse(503, found.error().text + '\n');
  return wantsJson(request) ? jsonResponse(200, watch::dmarcSummaryJson(*found))
                            : textResponse(200, watch::dmarcSummaryText(*found, languageFor(request)));
}

Response DmarcSite::sources(const ServerRequest& request) {
  return one(
      request,
      [&](const watch::DmarcView& view) { return watch::dmarcSourcesText(view, languageFor(request)); },
      watch::dmarcSourcesJson);
}

Response DmarcSite::ready(const ServerRequest& request) {
  const auto language = languageFor(request);
  return one(
      request, [&](const watch::DmarcView& view) { return watch::dmarcReadyText(view, language); },
      [&](const watch::DmarcView& view) { return watch::dmarcReadyJson(view, language); });
}

Response DmarcSite::refused(const ServerRequest& request) {
  if (auto obstacle = this->obstacle(request, "")) return std::move(*obstacle);
  const auto rows = watch::dmarcRefused(reports_, kRefusedListed);
  if (!rows) return textResponse(503, rows.error().text + '\n');
  return wantsJson(request)
             ? jsonResponse(200, watch::dmarcRefusedJson(*rows))
             : textResponse(200, watch::dmarcRefusedText(*rows, reports_.zone(), languageFor(request)));
}

}  // namespace arrivald
