#include "simulator/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "simulator/listed_entries.hpp"

namespace arrivald::simulator {

using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using http::Response;
using http::ServerRequest;
using nlohmann::json;
using runtime::Task;
using suppression::List;

namespace {

constexpr std::int64_t kRequestsPerMinute = 600;
constexpr std::size_t kRowsPerPage = 500;

Response answer(unsigned status, const json& body) {
  Response response{status, {{"Content-Type", "application/json"}}, body.dump()};
  return response;
}

Response failure(unsigned status, const char* message) {
  return answer(status, {{"errors", json::array({{{"field", nullptr}, {"message", message}}})}});
}

std::int64_t number(const ServerRequest& request, std::string_view name, std::int64_t otherwise) {
  return numberIn<std::int64_t>(request.parameter(name).value_or("")).value_or(otherwise);
}

// All values of a repeated query parameter.
std::vector<std::string> all(const ServerRequest& request, std::string_view name) {
  std::vector<std::string> values;
  for (std::size_t begin = 0; begin <= request.query.size();) {
    const auto end = std::min(request.query.find('&', begin), request.query.size());
    const auto pair = request.query.substr(begin, end - begin);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      values.push_back(http::percentDecode(pair.substr(equals + 1)));
    begin = end + 1;
  }
  return values;
}

json metricsOf(const Counts& counts, Dimension dimension) {
  json metrics = json::object();
  for (const auto metric : delivery::allMetrics()) {
    const bool ofProvidersOnly = metric == Metric::drops;
    const bool notOfProviders = metric == Metric::bounceDrops || metric == Metric::spamReportDrops ||
                                metric == Metric::unsubscribeDrops || metric == Metric::invalidEmails ||
                                metric == Metric::unsubscribes;
    if (metric == Metric::returned) continue;  // the provider has no such number
    if (dimension == Dimension::mailboxProvider ? notOfProviders : ofProvidersOnly) continue;
    metrics[std::string(delivery::name(metric))] = counts[metric];
  }
  return metrics;
}

// A plan of 1,500,000 mails a month, of which the account has used what it sent.
json creditsOf(const Account& account, Instant now) {
  constexpr std::int64_t kPlan = 1'500'000;
  const auto today = account.zone().dateOf(now);
  const std::chrono::year_month_day day{std::chrono::sys_days(today.time_since_epoch())};
  const auto month = day.year() / day.month();
  const auto first = std::chrono::local_days(month / 1),
             next = std::chrono::local_days((month + std::chrono::months(1)) / 1);
  std::int64_t used = 0;
  for (auto date = first; date <= today; date += std::chrono::days(1))
    used += account.total({"", Dimension::account, ""}, date)[Metric::requests];
  return {{"remain", std::max<std::int64_t>(0, kPlan - used)},
          {"total", kPlan},
          {"overage", 0},
          {"used", used},
          {"last_reset", toText(first)},
          {"next_reset", toText(next)},
          {"reset_frequency", "monthly"}};
}

}  // namespace

struct Server::State {
  State(Clock& by, Clock& network, Account& simulated)
      : clock(by), networkClock(network), account(simulated) {}

  Clock& clock;
  Clock& networkClock;
  Account& account;
  http::Router router;
  std::unique_ptr<http::Server> server;
  Server* owner = nullptr;
  std::int64_t minute = 0;
  std::int64_t inMinute = 0;
  std::mt19937 random{7};

  void add(const char* method, const std::string& path, std::function<Response(const ServerRequest&)> handle);
  void get(const std::string& path, std::function<Response(const ServerRequest&)> handle) {
    add("GET", path, std::move(handle));
  }
  void routeEntries();
  void routeProvider();
  void routeOthers();
  Response statistics(const ServerRequest& request, Dimension dimension, std::vector<std::string> names);
  Response list(const ServerRequest& request, List list);
  Task<Response> guarded(const ServerRequest& request, std::function<Response(const ServerRequest&)> handle);
  void limit(Response& response, Instant now) const {
    response.headers.add("X-RateLimit-Limit", std::to_string(kRequestsPerMinute));
    response.headers.add("X-RateLimit-Remaining",
                         std::to_string(std::max<std::int64_t>(0, kRequestsPerMinute - inMinute)));
    response.headers.add("X-RateLimit-Reset", std::to_string((unixSeconds(now) / 60 + 1) * 60));
  }
};

Task<Response> Server::State::guarded(const ServerRequest& request,
                                      std::function<Response(const ServerRequest&)> handle) {
  const auto now = clock.now();
  account.advance(now);
  if (unixSeconds(now) / 60 != minute) {
    minute = unixSeconds(now) / 60;
    inMinute = 0;
  }
  ++inMinute;
  const auto fault = account.fault(now, static_cast<unsigned>(random()));
  if (fault == Fault::hang) {
    // Of the account's time: at a high speed it would else outlast the outage.
    co_await runtime::sleepFor(clock, std::chrono::seconds(20));
    co_return failure(504, "gateway time-out");
  }
  if (fault == Fault::serverError) co_return failure(500, "internal server error");
  if (fault == Fault::html) {
    Response page{
        502,
        {{"Content-Type", "text/html"}},
        "<html><head><title>SendGrid - 502 Bad Gateway</title></head><body><h1>502</h1></body></html>"};
    co_return page;
  }
  if (fault == Fault::halfBody) {
    Response cut{200, {{"Content-Type", "application/json"}}, "[{\"date\":\"2026-11-23\",\"stats\":[{\"metr"};
    co_return cut;
  }
  if (fault == Fault::throttled || inMinute > kRequestsPerMinute) {
    auto response = failure(429, "too many requests");
    limit(response, now);
    co_return response;
  }
  const auto authorization = request.headers.find("Authorization");
  if (fault == Fault::unauthorized || !authorization || *authorization != std::string("Bearer ") + kKey) {
    co_return failure(401, "The provided authorization grant is invalid, expired, or revoked");
  }
  if (!request.headers.find("Accept")) co_return failure(406, "Missing Accept header");
  auto response = handle(request);
  limit(response, now);
  co_return response;
}

Response Server::State::statistics(const ServerRequest& request, Dimension dimension,
                                   std::vector<std::string> names) {
  const auto from = parseDate(request.parameter("start_date").value_or(""));
  const auto today = account.zone().dateOf(clock.now());
  const auto to =
      request.parameter("end_date") ? parseDate(*request.parameter("end_date")) : Result<Date>(today);
  if (!from || !to) return failure(400, "start_date is required, as YYYY-MM-DD");
  if (names.size() > 10) return failure(400, "at most 10 names");
  json days = json::array();
  for (auto date = *from; date <= *to; date += std::chrono::days(1)) {
    json stats = json::array();
    if (dimension == Dimension::account) {
      stats.push_back({{"metrics", metricsOf(account.total({"", dimension, ""}, date), dimension)}});
    } else {
      for (const auto& name : names) {
        const auto counts = account.total({"", dimension, name}, date);
        if (dimension == Dimension::mailboxProvider && counts.isZero()) continue;
        stats.push_back(
            {{"type", delivery::name(dimension)}, {"name", name}, {"metrics", metricsOf(counts, dimension)}});
      }
    }
    days.push_back({{"date", toText(date)}, {"stats", std::move(stats)}});
  }
  return answer(200, days);
}

Response Server::State::list(const ServerRequest& request, List which) {
  const auto start = number(request, "start_time", 0), end = number(request, "end_time", INT64_MAX);
  const auto limit = number(request, "limit", static_cast<std::int64_t>(kRowsPerPage)),
             offset = number(request, "offset", 0);
  if (limit < 1 || limit > static_cast<std::int64_t>(kRowsPerPage) || offset < 0)
    return failure(400, "limit must be from 1 to 500");
  constexpr std::int64_t kLatest = 253'402'300'799;
  const PageAsked asked{
      fromUnixSeconds(std::clamp<std::int64_t>(start, 0, kLatest)),
      fromUnixSeconds(std::clamp<std::int64_t>(end, 0, kLatest)) + std::chrono::milliseconds(999),
      static_cast<std::size_t>(offset), static_cast<std::size_t>(limit)};
  json rows = json::array();
  for (const auto& entry : account.lists().page(which, asked)) {
    const auto created = unixSeconds(entry.created);
    if (which == List::groupUnsubscribes) {
      rows.push_back({{"email", entry.email},
                      {"group_id", entry.group},
                      {"group_name", Account::kUnsubscribeGroup},
                      {"created_at", created}});
      continue;
    }
    json row{{"created", created}, {"email", entry.email}};
    if (which == List::bounces || which == List::blocks || which == List::invalidEmails)
      row["reason"] = entry.reason;
    if (which == List::bounces || which == List::blocks) row["status"] = entry.status;
    if (which == List::spamReports) row["ip"] = entry.ip;
    rows.push_back(std::move(row));
  }
  return answer(200, rows);
}

void Server::State::add(const char* method, const std::string& path,
                        std::function<Response(const ServerRequest&)> handle) {
  router.add(method, path, [this, handle = std::move(handle)](const ServerRequest& request) {
    return guarded(request, handle);
  });
}

// The part of SendGrid's API that arrivald reads.
void Server::State::routeProvider() {
  get("/v3/scopes", [](const ServerRequest&) {
    json scopes = {"stats.read",        "stats.global.read",     "mailbox_providers.stats.read",
                   "categories.read",   "categories.stats.read", "categories.stats.sums.read",
                   "subusers.read",     "subusers.stats.read",   "suppression.read",
                   "user.credits.read", "user.account.read",     "asm.groups.read"};
    for (const auto which : suppression::kLists)
      scopes.push_back(fmt::format("suppression.{}.read", suppression::name(which)));
    return answer(200, {{"scopes", scopes}});
  });
  get("/v3/stats",
      [this](const ServerRequest& request) { return statistics(request, Dimension::account, {}); });
  get("/v3/mailbox_providers/stats", [this](const ServerRequest& request) {
    return statistics(request, Dimension::mailboxProvider, account.providers());
  });
  get("/v3/categories", [this](const ServerRequest& request) {
    json names = json::array();
    const auto offset = static_cast<std::size_t>(std::max<std::int64_t>(0, number(request, "offset", 0)));
    for (std::size_t i = offset; i < account.categories().size(); ++i)
      names.push_back({{"category", account.categories()[i]}});
    return answer(200, names);
  });
  get("/v3/categories/stats", [this](const ServerRequest& request) {
    return statistics(request, Dimension::category, all(request, "categories"));
  });
  get("/v3/user/credits",
      [this](const ServerRequest&) { return answer(200, creditsOf(account, clock.now())); });
  get("/v3/user/account",
      [](const ServerRequest&) { return answer(200, {{"type", "paid"}, {"reputation", 99.0}}); });
  get("/v3/subusers", [](const ServerRequest&) { return answer(200, json::array()); });
  get("/v3/asm/groups", [](const ServerRequest&) {
    return answer(200, json::array({{{"id", Account::kUnsubscribeGroupId},
                                     {"name", Account::kUnsubscribeGroup},
                                     {"is_default", true}}}));
  });
  get("/v3/asm/suppressions",
      [this](const ServerRequest& request) { return list(request, List::groupUnsubscribes); });
  for (const auto which : suppression::kLists)
    get(fmt::format("/v3/suppression/{}", suppression::name(which)),
        [this, which](const ServerRequest& request) { return list(request, which); });
}

// Single entries of the lists: what the desk releases.
void Server::State::routeEntries() {
  const auto handle = [this](const ServerRequest& request) {
    return answerAboutEntry(account, request, clock.now());
  };
  for (const auto which : suppression::kLists)
    for (const char* method : {"GET", "DELETE"})
      add(method, fmt::format("/v3/suppression/{}/*", suppression::name(which)), handle);
  for (const char* method : {"GET", "DELETE"}) add(method, "/v3/asm/suppressions/global/*", handle);
  add("POST", "/v3/asm/suppressions/global", handle);
  // Behind that of the global ones, which it covers too.
  get("/v3/asm/suppressions/*", handle);
  add("DELETE", fmt::format("/v3/asm/groups/{}/suppressions/*", Account::kUnsubscribeGroupId), handle);
}

// The status page, the Slack-like webhook and the heartbeat's receiver.
void Server::State::routeOthers() {
  router.add("GET", "/api/v2/summary.json", [this](const ServerRequest&) -> Task<Response> {
    const auto now = clock.now();
    account.advance(now);
    Response response{200, {{"Content-Type", "application/json; charset=utf-8"}}, account.statusPage(now)};
    co_return response;
  });
  router.add("POST", "/services/*", [this](const ServerRequest& request) -> Task<Response> {
    const std::string payload(request.body);
    const bool valid = !json::parse(payload, nullptr, false).is_discarded();
    if (valid && owner && owner->onMessage) owner->onMessage(payload);
    Response response{valid ? 200U : 400U, {{"Content-Type", "text/html"}}, valid ? "ok" : "invalid_payload"};
    co_return response;
  });
  router.add("GET", "/heartbeat", [](const ServerRequest&) -> Task<Response> {
    Response response{200, {}, "OK"};
    co_return response;
  });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) { state_->owner = this; }
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(boost::asio::any_io_executor executor, Clock& clock,
                                               Clock& networkClock, Account& account, std::uint16_t port) {
  auto state = std::make_unique<State>(clock, networkClock, account);
  state->routeProvider();
  state->routeEntries();
  state->routeOthers();
  http::ServerOptions options;
  options.port = port;
  auto* raw = state.get();
  auto server = http::Server::listen(executor, networkClock, options, [raw](const ServerRequest& request) {
    return raw->router.dispatch(request);
  });
  if (!server) return server.error();
  state->server = std::move(*server);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->server->port(); }
std::string Server::url() const { return "http://127.0.0.1:" + std::to_string(port()); }
Task<> Server::stop() { co_await state_->server->stop(std::chrono::seconds(1)); }

}  // namespace arrivald::simulator
