#include "daemon/desk_site.hpp"

#include <algorithm>

#include "daemon/desk_api_error.hpp"
#include "daemon/responses.hpp"
#include "desk/origin.hpp"
#include "desk/permissions.hpp"
#include "http/gzip.hpp"
#include "pages/assets.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;

namespace {

constexpr std::size_t kMaxQueryBytes = 4096;

/// One that takes longer than a step of the loop: it asks the provider, or makes a file.
using Work = Task<Response> (*)(const RouteParts&, const DeskVisit&);
struct LongRoute {
  std::string_view method;
  std::string_view path, end;  // begins and ends so
  Work work;
};
constexpr LongRoute kLongRoutes[] = {
    {"POST", "/releases/", "/undo", undoRelease},
    {"GET", "/export.xlsx", "", exportWorkbook},
};

bool matches(const LongRoute& route, std::string_view path) {
  return route.end.empty() ? path == route.path
                           : path.starts_with(route.path) && path.ends_with(route.end) &&
                                 path.size() > route.path.size() + route.end.size();
}

using Answer = Response (*)(const RouteParts&, const DeskVisit&);
struct Route {
  std::string_view method;
  std::string_view path;  // one that ends in a slash, longer than that, matches what is below it
  Answer answer;
};
constexpr Route kRoutes[] = {
    {"GET", "/", listPage},
    {"POST", "/selection", changeSelection},
    {"POST", "/addresses", askAboutAddress},
    {"GET", "/addresses/", addressPage},
    {"GET", "/replies/", wholeReply},
    {"GET", "/groups", groupsPage},
    {"GET", "/groups/", groupPage},
    {"POST", "/releases", draftRelease},
    {"GET", "/releases", followupPage},
    {"GET", "/releases/", releasePage},
    {"POST", "/releases/", decideRelease},
    {"GET", "/audit", recordPage},
    {"POST", "/audit", filterRecord},
    {"GET", "/audit.csv", exportRecord},
    {"GET", "/export.csv", exportCsv},
};

bool matches(const Route& route, std::string_view path) {
  if (route.path.size() > 1 && route.path.ends_with('/'))
    return path.size() > route.path.size() && path.starts_with(route.path);
  return path == route.path;
}

Response assetResponse(const ServerRequest& request, Language configured) {
  const auto asset = pages::assetAt(request.path);
  if (!asset) return notFound(request, configured, "file");
  return {200,
          {{"Content-Type", std::string(asset->contentType)},
           {"Cache-Control", "public, max-age=31536000, immutable"}},
          std::string(asset->body)};
}

}  // namespace

DeskSite::DeskSite(watch::Owners& owners, DeskState& state, const desk::RandomBytes& random)
    : owners_(owners),
      state_(state),
      addresses_(owners, state.entries, &state.history),
      groups_(owners, state.entries),
      gate_(owners.clock(), state.sessions, state.record, state.forms, random),
      login_({owners.clock(), gate_, state.sessions, state.throttle, state.passwords, state.forms,
              state.selections, state.record}),
      api_(owners.clock(), gate_, state.throttle, state.record) {}

void DeskSite::use(std::shared_ptr<const config::Config> configuration, std::shared_ptr<const DeskRun> run) {
  config_ = std::move(configuration);
  run_ = std::move(run);
  gate_.use(config_);
  login_.use(config_);
  api_.use(config_);
}

Task<Response> DeskSite::answer(const ServerRequest& request) {
  // Before anything gets a time.
  owners_.noticeClockStep();
  const bool isTls = !config_->desk->listen.certificateFile.empty();
  auto response = co_await respond(request);
  desk::addPageHeaders(response, isTls ? desk::Transport::tls : desk::Transport::plain);
  // The cookie is SameSite=Strict: other sites cannot ask for pages as a user, and watch their size.
  http::compress(response, request.headers);
  co_return response;
}

// What needs nobody to be logged in.
std::optional<Response> DeskSite::withoutVisit(const ServerRequest& request) {
  const auto host = request.headers.find("Host");
  const auto shell = [&] {
    return emptyShell(*config_, owners_.clock().now(), languageOf(request.headers, *config_), "");
  };
  // What stands in front of the desk may have looked at the other one.
  if (desk::isGivenTwice(request.headers, "Host")) return problemResponse(shell(), 400, "problem.bad_host");
  if (!host || !desk::isOwnHost(*host, config_->desk->url))
    return problemResponse(shell(), 421, "problem.misdirected");
  if (request.query.size() > kMaxQueryBytes) return problemResponse(shell(), 414, "problem.too_large");
  const bool isGet = request.method == "GET" || request.method == "HEAD";
  if (isGet && request.path.starts_with("/assets/"))
    return assetResponse(request, languageOf(request.headers, *config_));
  if (isGet)
    if (auto response = DeskLogin::languageOfLink(request)) return response;
  if (isGet && request.path == "/login") return login_.page(request);
  if (request.method == "POST" && request.path == "/logout") return login_.logOut(request);
  if (request.method == "POST" && request.path == "/language") return login_.chooseLanguage(request);
  return std::nullopt;
}

RouteParts DeskSite::partsFor(const DeskRun& run) {
  return {owners_,       state_.entries, addresses_,    groups_,      state_.selections, state_.releases,
          state_.record, state_.lookUps, run.clients(), state_.files, state_.forms};
}

Response DeskSite::respondToProgram(const ServerRequest& request) {
  if (!run_) return apiError(languageOf(request.headers, *config_), 503, "unavailable");
  return api_.answer(request, partsFor(*run_));
}

Task<Response> DeskSite::respond(const ServerRequest& request) {
  if (DeskApi::isFor(request.path)) co_return respondToProgram(request);
  if (auto response = withoutVisit(request)) co_return std::move(*response);
  if (request.method == "POST" && request.path == "/login") co_return co_await login_.logIn(request);
  auto admitted = gate_.admit(request);
  if (auto* response = std::get_if<Response>(&admitted)) co_return std::move(*response);
  const auto& visit = std::get<DeskVisit>(admitted);
  co_return co_await respondTo(visit);
}

Task<Response> DeskSite::respondTo(const DeskVisit& visit) {
  // A reload meanwhile does not take away what this request works with.
  const auto config = config_;
  const auto run = run_;
  if (!run) co_return problemResponse(visit, 503, "problem.unavailable");
  const auto parts = partsFor(*run);
  const auto path = visit.request.path;
  const auto method = visit.request.method == "HEAD" ? std::string_view("GET") : visit.request.method;
  if (visit.trust == DeskVisit::Trust::showAgain) co_return formAgain(parts, visit);
  bool isKnown = false;
  for (const auto& route : kLongRoutes) {
    if (!matches(route, path)) continue;
    isKnown = true;
    if (route.method == method) co_return co_await route.work(parts, visit);
  }
  for (const auto& route : kRoutes) {
    if (!matches(route, path)) continue;
    isKnown = true;
    if (route.method == method) co_return route.answer(parts, visit);
  }
  co_return problemResponse(visit, isKnown ? 405 : 404, "problem.not_found");
}

}  // namespace arrivald
