#include "daemon/desk_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/desk_api_answers.hpp"
#include "daemon/desk_api_error.hpp"
#include "daemon/responses.hpp"
#include "desk/embedded.hpp"
#include "desk/origin.hpp"
#include "desk/token.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;

namespace {

constexpr std::size_t kMaxQueryBytes = 4096;
constexpr std::string_view kBearer = "Bearer ";
// Under which wrong tokens are counted: no user can be called so.
constexpr const char* kTokens = "(token)";

Response unauthenticated(Language language) {
  auto response = apiError(language, 401, "not_authenticated");
  response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

DeskApi::Admitted DeskApi::admitToken(const ServerRequest& request, DeskVisit visit, std::string_view given) {
  const auto from = gate_.addressOf(request);
  if (throttle_.wait(kTokens, from).of != desk::LoginThrottle::Wait::Of::none)
    return apiError(visit.language, 429, "too_many");
  const config::DeskToken* found = nullptr;
  // All are compared, so that the time tells nothing.
  for (const auto& token : config_->desk->tokens)
    if (desk::equalInConstantTime(token.token.secret.reveal(), given)) found = &token;
  const auto& users = config_->desk->users;
  const auto user = found ? std::ranges::find(users, found->user, &config::DeskUser::name) : users.end();
  if (given.empty() || user == users.end()) {
    throttle_.failed(kTokens, from);
    desk::RecordEntry entry;
    entry.by.from = from;
    entry.act = desk::Act::logInRefused;
    entry.outcome = "a token of /api/v1 that desk.tokens does not hold";
    static_cast<void>(record_.append(entry));
    return unauthenticated(visit.language);
  }
  throttle_.succeeded(kTokens, from);
  visit.actor = {user->name, roleOf(user->role), from + " (API)"};
  return visit;
}

DeskApi::Admitted DeskApi::admitSession(const ServerRequest& request, DeskVisit visit) {
  const auto session = gate_.sessionOf(request);
  if (!session) return unauthenticated(visit.language);
  visit.actor = {session->user, session->role, gate_.addressOf(request)};
  visit.csrf = session->csrf;
  if (request.method != "POST") return visit;
  // A browser sends the cookie for whoever asks: the header it sends for pages of ours only.
  const auto token = request.headers.find("X-CSRF-Token");
  if (!desk::isSameOrigin(request.headers) || !token || !desk::equalInConstantTime(*token, session->csrf))
    return apiError(visit.language, 403, "csrf");
  return visit;
}

DeskApi::Admitted DeskApi::admit(const ServerRequest& request) {
  const auto language = languageAsked(request).value_or(languageOf(request.headers, *config_));
  const auto host = request.headers.find("Host");
  if (desk::isGivenTwice(request.headers, "Host")) return apiError(language, 400, "misdirected");
  if (!host || !desk::isOwnHost(*host, config_->desk->url)) return apiError(language, 421, "misdirected");
  auto query = desk::Form::parse(request.query);
  if (request.query.size() > kMaxQueryBytes || !query) return apiError(language, 414, "too_large");
  DeskVisit visit{request, *config_, clock_.now(), {}, {}, language, std::move(*query), {}};
  const auto authorization = request.headers.find("Authorization").value_or("");
  if (authorization.starts_with(kBearer))
    return admitToken(request, std::move(visit), authorization.substr(kBearer.size()));
  return admitSession(request, std::move(visit));
}

Response DeskApi::answer(const ServerRequest& request, const RouteParts& parts) {
  const auto language = languageAsked(request).value_or(languageOf(request.headers, *config_));
  // It holds nothing of anybody.
  const bool isGet = request.method == "GET" || request.method == "HEAD";
  if (isGet && (request.path == "/api/v1/openapi.json" || request.path == "/api/openapi.json"))
    return jsonResponse(200, std::string(desk::openApiDocument()));
  auto admitted = admit(request);
  if (auto* response = std::get_if<Response>(&admitted)) return std::move(*response);
  const auto& visit = std::get<DeskVisit>(admitted);
  const auto method = isGet ? std::string_view("GET") : request.method;
  std::string allowed;
  for (const auto& route : apiRoutes()) {
    if (!matches(route, request.path)) continue;
    if (route.method == method) return route.answer(parts, visit);
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  if (allowed.empty()) return apiError(language, 404, "no_such_path");
  auto response = apiError(language, 405, "wrong_method", allowed);
  response.headers.add("Allow", allowed);
  return response;
}

}  // namespace arrivald
