#include "daemon/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/mask.hpp"
#include "base/number.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "daemon/commands.hpp"
#include "daemon/incidents_text.hpp"
#include "daemon/responses.hpp"
#include "daemon/runbooks.hpp"
#include "daemon/silence_request.hpp"
#include "desk/entries_text.hpp"
#include "desk/record.hpp"
#include "desk/stored_release_history.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"
#include "pages/assets.hpp"
#include "pages/status_page.hpp"
#include "store/backup.hpp"
#include "watch/acknowledge.hpp"
#include "watch/event_json.hpp"
#include "watch/explain_alerts.hpp"
#include "watch/incident_views.hpp"
#include "watch/incidents_json.hpp"
#include "watch/page_model.hpp"
#include "watch/readiness.hpp"
#include "watch/silence.hpp"
#include "watch/status_json.hpp"
#include "watch/test_alerts.hpp"
#include "watch/trace.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;

namespace {

constexpr std::size_t kMalformedShown = 50;
constexpr std::string_view kIncidents = "/api/v1/incidents/", kIncidentPages = "/incident/",
                           kSilences = "/api/v1/silences/";

}  // namespace

Api::Api(watch::Owners& owners, watch::Random random)
    : owners_(owners), random_(std::move(random)), releases_(owners), backUps_(owners) {
  releases_.addTo(router_);
  get("/", &Api::page);
  get("/assets/*", &Api::asset);
  get("/incident/*", &Api::incidentPage);
  router_.answerUnmatched(
      [this](const ServerRequest& request, std::string_view allowed) { return unmatched(request, allowed); });
  router_.add("GET", "/runbooks/*", [this](const ServerRequest& request) -> Task<Response> {
    co_return runbookResponse(request, *config_);
  });
  get("/metrics", &Api::metrics);
  get("/healthz", &Api::alive);
  get("/readyz", &Api::ready);
  get("/api/status", &Api::status);
  get("/api/explain-alert", &Api::explainAlert);
  get("/api/trace", &Api::trace);
  get("/api/desk/list", &Api::deskList);
  get("/api/desk/explain", &Api::deskExplain);
  get("/api/malformed-events", &Api::malformedEvents);
  get("/api/test-alert", &Api::testOutcomes);
  get("/api/v1/incidents", &Api::incidents);
  get("/api/v1/incidents/*", &Api::incident);
  router_.add("POST", "/api/v1/incidents/*",
              [this](const ServerRequest& request) -> Task<Response> { co_return acknowledge(request); });
  get("/api/v1/silences", &Api::silences);
  router_.add("POST", "/api/v1/silences",
              [this](const ServerRequest& request) -> Task<Response> { co_return silence(request); });
  router_.add("POST", "/api/v1/silences/*",
              [this](const ServerRequest& request) -> Task<Response> { co_return endSilence(request); });
  router_.add("POST", "/api/test-alert",
              [this](const ServerRequest& request) -> Task<Response> { co_return testAlert(request); });
  router_.add("POST", "/api/backup", [this](const ServerRequest& request) { return backUp(request); });
}

void Api::get(const char* path, Answer responder) {
  router_.add("GET", path, [this, responder](const ServerRequest& request) -> Task<Response> {
    co_return (this->*responder)(request);
  });
}

Response Api::unmatched(const ServerRequest& request, std::string_view allowed) const {
  if (allowed.empty()) return notFound(request, config_->language, "path");
  const auto& words = notify::Catalogue::of(languageOf(request, config_->language));
  return textResponse(405, words.text("not_found.method", {{"method", printable(request.method)}}) + '\n');
}

Task<Response> Api::answer(const ServerRequest& request) const {
  const bool isPersonal =
      request.path != "/metrics" && request.path != "/healthz" && request.path != "/readyz";
  const auto host = request.headers.find("Host");
  if (isPersonal && host && !isOurName(*host)) {
    co_return textResponse(421,
                           "this name is not known here: ask by the IP address, or set links.page in the "
                           "configuration to the address by which people reach this page\n");
  }
  co_return co_await router_.dispatch(request);
}

// Rebinding needs a name of the public DNS. Addresses, names without a dot and "localhost" are none; with a
// password a browser would have to know it for that name.
bool Api::isOurName(std::string_view host) const {
  if (!config_->listen.user.empty() || host.empty() || host.front() == '[') return true;
  const auto name = host.substr(0, host.find(':'));
  const bool isAddress = name.find_first_not_of("0123456789.") == std::string_view::npos;
  if (isAddress || name.find('.') == std::string_view::npos) return true;
  const auto own = http::Url::parse(config_->links.page);
  return own && http::equalsWithoutCase(own->host, name);
}

Response Api::page(const ServerRequest& request) {
  return pageResponse(200,
                      pages::render(watch::pageModelOf(owners_, configFor(request), kVersion, notices_)));
}

Response Api::asset(const ServerRequest& request) {
  const auto asset = pages::assetAt(request.path);
  if (!asset) return notFound(request, config_->language, "file");
  return {200,
          {{"Content-Type", std::string(asset->contentType)},
           {"Cache-Control", "public, max-age=31536000, immutable"}},
          std::string(asset->body)};
}

Response Api::metrics(const ServerRequest&) {
  return {
      200, {{"Content-Type", std::string(metrics::Registry::contentType())}}, owners_.registry().expose()};
}

Response Api::alive(const ServerRequest&) { return textResponse(200, "ok\n"); }

Response Api::ready(const ServerRequest&) {
  const auto reason = watch::notReady(owners_, *config_);
  return reason ? textResponse(503, *reason + "\n") : textResponse(200, "ok\n");
}

config::Config Api::configFor(const ServerRequest& request) const {
  auto config = *config_;
  config.language = languageAsked(request).value_or(config.language);
  return config;
}

Response Api::status(const ServerRequest& request) {
  return jsonResponse(200, watch::statusJson(owners_, configFor(request), kVersion, notices_));
}

Response Api::explainAlert(const ServerRequest& request) {
  watch::AlertQuestion question;
  question.name = request.parameter("name").value_or("");
  question.rule = request.parameter("rule").value_or("");
  question.subject = request.parameter("subject").value_or("");
  question.language = languageAsked(request);
  auto explained = watch::explainAlerts(owners_, *config_, question);
  return explained ? textResponse(200, std::move(*explained))
                   : textResponse(404, explained.error().text + "\n");
}

Response Api::trace(const ServerRequest& request) {
  const auto language = languageAsked(request).value_or(config_->language);
  const auto filter = watch::readEventFilter(request, owners_.clock().now(), language);
  if (!filter) return textResponse(400, filter.error().text + "\n");
  auto traced = watch::traceJson(owners_, *config_, *filter, language);
  if (traced) return jsonResponse(200, std::move(*traced));
  const bool invalid = traced.error().kind == Error::Kind::invalid;
  return textResponse(invalid ? 400 : 503, traced.error().text + "\n");
}

Response Api::deskList(const ServerRequest& request) {
  const auto value = [&](const char* name) { return request.parameter(name).value_or(""); };
  desk::QueryAsked asked{value("period"), value("from"),  value("to"),     value("list"),    value("side"),
                         value("cause"),  value("group"), value("domain"), value("account"), value("gone"),
                         value("sort"),   value("after"), value("seen")};
  const desk::StoredReleaseHistory history(owners_.database());
  const desk::Entries entries(owners_, &history);
  const auto language = languageAsked(request).value_or(config_->language);
  if (!asked.group.empty()) {
    auto group = watch::groupNamed(owners_, asked.group, language);
    if (!group) return textResponse(400, group.error().text + "\n");
    asked.group = std::move(*group);
  }
  const auto query = entries.query(asked);
  // Another list than the one that was asked for would be taken for it.
  auto wrong = query.ignored;
  if (std::ranges::find(query.period.mended, suppression::PeriodMend::unreadable) !=
      query.period.mended.end())
    wrong.insert(wrong.end(), {"from", "to"});
  for (const auto& name : wrong)
    if (!value(name.c_str()).empty())
      return textResponse(400, notify::Catalogue::of(language).text(
                                   "cli.desk.not_listed", {{"name", name}, {"value", value(name.c_str())}}) +
                                   "\n");
  const auto page = entries.page(query);
  if (!page) return textResponse(503, page.error().text + "\n");
  const auto unread = within(desk::unreadLists(owners_, *config_), query.filter);
  if (value("format") == "json")
    return jsonResponse(200, desk::listJson(query, *page, unread, entries.zone(), language));
  const auto counts = entries.counts(query);
  if (!counts) return textResponse(503, counts.error().text + "\n");
  return textResponse(200, desk::listText(query, *page, *counts, unread, entries.zone(), language));
}

Response Api::deskExplain(const ServerRequest& request) {
  const auto address = request.parameter("address").value_or("");
  if (address.find('@') == std::string::npos)
    return textResponse(400, notify::Catalogue::of(languageAsked(request).value_or(config_->language))
                                     .text("cli.trace.bad_of", {{"text", oneLine(address, 60)}}) +
                                 "\n");
  const desk::StoredReleaseHistory history(owners_.database());
  const desk::Entries entries(owners_, &history);
  const auto language = languageAsked(request).value_or(config_->language);
  const auto answer = desk::Addresses(owners_, entries, &history).answer(address, *config_, language);
  if (!answer) return textResponse(503, answer.error().text + "\n");
  desk::RecordEntry entry;
  entry.by = {"command line", desk::Role::admin, request.peer};
  entry.act = desk::Act::lookUp;
  entry.address = maskAddress(address);
  static_cast<void>(desk::Record(owners_.database(), owners_.clock()).append(entry));
  if (request.parameter("format") == "json")
    return jsonResponse(200, desk::explainJson(*answer, entries.zone(), language));
  return textResponse(200, desk::explainText(*answer, entries.zone(), language));
}

Response Api::malformedEvents(const ServerRequest& request) {
  return jsonResponse(200, watch::malformedEventsJson(owners_.events().query().malformed(kMalformedShown),
                                                      languageAsked(request).value_or(config_->language)));
}

// Requires a header that another site's page cannot make a browser send (CSRF).
Response Api::testAlert(const ServerRequest& request) {
  if (!request.headers.find("X-Arrivald")) return textResponse(403, "send the header X-Arrivald: 1\n");
  const auto repeat = request.parameter("again") ? watch::Repeat::atOnce : watch::Repeat::afterAMinute;
  const auto tests = watch::queueTestAlerts(owners_.outbox(), owners_.clock(), *config_,
                                            request.parameter("channel").value_or(""), random_(), repeat);
  if (!tests) {
    const auto language = languageAsked(request).value_or(config_->language);
    return textResponse(404, notify::Catalogue::of(language).say(tests.error().said()) + "\n");
  }
  auto response = jsonResponse(200, watch::testAlertsJson(*tests));
  const bool any = std::any_of(tests->begin(), tests->end(), [](const auto& test) { return !test.repeated; });
  response.status = any ? 202 : 200;
  return response;
}

// It writes files on this host, of personal data.
Task<Response> Api::backUp(const ServerRequest& request) {
  if (!http::isFromThisHost(request) || !request.headers.find("X-Arrivald"))
    co_return textResponse(403, "this is answered to arrivald's own commands on this host only\n");
  const auto keep =
      numberIn<std::size_t>(request.parameter("keep").value_or("")).value_or(store::kCopiesKept);
  const auto language = languageAsked(request).value_or(config_->language);
  auto path = config_->storePath;
  const auto made = co_await backUps_.make(std::move(path), keep);
  if (!made) co_return textResponse(503, notify::Catalogue::of(language).say(made.error().said()) + "\n");
  nlohmann::ordered_json answer{{"path", made->path}, {"bytes", made->bytes}, {"removed", made->removed}};
  // The files themselves are not in the store.
  if (config_->dmarc && !config_->dmarc->directory.empty())
    answer["dmarc_directory"] = config_->dmarc->directory;
  co_return jsonResponse(200, answer.dump());
}

Response Api::testOutcomes(const ServerRequest& request) {
  return jsonResponse(200, watch::testOutcomesJson(owners_.outbox(), configFor(request)));
}

Response Api::incidents(const ServerRequest& request) {
  const auto language = languageAsked(request).value_or(config_->language);
  if (request.parameter("format") != "text")
    return jsonResponse(200, watch::incidentsJson(owners_, *config_, language));
  const watch::IncidentViews views(owners_, *config_, language);
  return textResponse(200, incidentsText(nlohmann::ordered_json::parse(views.rowsJson())));
}

namespace {

// What people were notified of arrivald itself, in lines.
std::string ownTroubleText(const notify::Notification& told, std::int64_t number) {
  auto text = fmt::format("#{} {}\n{}\n", number, told.title, told.sentence);
  for (const auto& field : told.fields)
    if (!field.value.empty()) text += fmt::format("{}: {}\n", field.label, field.value);
  if (told.next) text += fmt::format("{}: {}\n", told.next->label, told.next->value);
  return text;
}

std::string ownTroubleJson(const notify::Notification& told, std::int64_t number) {
  nlohmann::ordered_json one;
  one["number"] = number;
  one["state"] = notify::isOver(told) ? "resolved" : "open";
  one["own"] = true;
  one["title"] = told.title;
  one["text"] = told.sentence;
  if (told.next) one["next"] = told.next->value;
  return one.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

pages::OtherNumberPage::OwnTrouble ownTroublePage(const notify::Notification& told) {
  pages::OtherNumberPage::OwnTrouble trouble{
      notify::isOver(told), told.title, told.sentence, told.next ? told.next->value : "", {}};
  if (told.side) trouble.notes.push_back({told.side->label, told.side->value});
  for (const auto& field : told.fields)
    if (!field.value.empty()) trouble.notes.push_back({field.label, field.value});
  return trouble;
}

}  // namespace

Response Api::incident(const ServerRequest& request) {
  const auto language = languageAsked(request).value_or(config_->language);
  const auto number = numberIn<std::int64_t>(request.path.substr(kIncidents.size()));
  if (!number) return notFound(request, config_->language, "path");
  const auto found = watch::incidentJson(owners_, *config_, *number, language);
  if (const auto own = owners_.alerts().ownTrouble(*number, *config_, language); !found && own)
    return request.parameter("format") == "text" ? textResponse(200, ownTroubleText(*own, *number))
                                                 : jsonResponse(200, ownTroubleJson(*own, *number));
  if (!found) return textResponse(404, notify::Catalogue::of(language).say(found.error().said()) + "\n");
  return request.parameter("format") == "text" ? incidentAsText(*number, language)
                                               : jsonResponse(200, *found);
}

Response Api::incidentAsText(std::int64_t number, Language language) const {
  const watch::IncidentViews views(owners_, *config_, language);
  return textResponse(200,
                      incidentText(nlohmann::ordered_json::parse(views.pageJson(number).value_or("{}"))));
}

Response Api::incidentPage(const ServerRequest& request) {
  const auto number = numberIn<std::int64_t>(request.path.substr(kIncidentPages.size()));
  if (!number) return notFound(request, config_->language, "path");
  const auto language = languageAsked(request).value_or(config_->language);
  const watch::IncidentViews views(owners_, *config_, language);
  if (auto page = views.page(*number)) {
    page->version = kVersion;
    return pageResponse(200, pages::render(*page));
  }
  pages::OtherNumberPage other;
  other.language = language;
  other.zone = config_->zone;
  other.now = owners_.clock().now();
  other.version = kVersion;
  if (config_->desk) other.deskUrl = config_->desk->url;
  other.number = *number;
  const auto own = owners_.alerts().ownTrouble(*number, *config_, language);
  if (own) other.trouble = ownTroublePage(*own);
  return pageResponse(own ? 200 : 404, pages::render(other));
}

// As Api::testAlert().
Response Api::acknowledge(const ServerRequest& request) {
  if (!request.headers.find("X-Arrivald")) return textResponse(403, "send the header X-Arrivald: 1\n");
  const auto below = request.path.substr(kIncidents.size());
  const auto slash = std::min(below.find('/'), below.size());
  const auto number = numberIn<std::int64_t>(below.substr(0, slash));
  const auto verb = below.substr(slash);
  if (!number || (verb != "/ack" && verb != "/unack")) return notFound(request, config_->language, "path");
  watch::Acknowledge asked{*number, request.parameter("by").value_or(""),
                           request.parameter("why").value_or("")};
  if (const auto length = request.parameter("for")) {
    const auto parsed = parseDuration(*length);
    asked.length = parsed ? *parsed : Duration{};
  }
  const auto done = verb == "/ack" ? watch::acknowledge(owners_, *config_, asked)
                                   : watch::unacknowledge(owners_, *config_, *number);
  const auto language = languageAsked(request).value_or(config_->language);
  if (!done)
    return textResponse(done.error().kind == Error::Kind::notFound ? 404 : 400,
                        notify::Catalogue::of(language).say(done.error().said()) + "\n");
  return incidentAsText(*number, language);
}

Response Api::silences(const ServerRequest& request) { return silencesAnswer(request); }

Response Api::silencesAnswer(const ServerRequest& request) const {
  if (request.parameter("format") != "text") return jsonResponse(200, watch::silencesJson(owners_, *config_));
  const auto language = languageAsked(request).value_or(config_->language);
  std::string text;
  for (const auto& line : watch::silenceLines(owners_, *config_, language)) text += line + '\n';
  if (text.empty()) text = notify::Catalogue::of(language).text("cli.silence.none") + '\n';
  return textResponse(200, std::move(text));
}

namespace {
std::string withWarning(const std::string& body, const std::string& warning) {
  auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  json["warning"] = warning;
  return escapeUnprintable(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + '\n';
}
}  // namespace

// As Api::testAlert(), here and below.
Response Api::silence(const ServerRequest& request) {
  if (!request.headers.find("X-Arrivald")) return textResponse(403, "send the header X-Arrivald: 1\n");
  const auto language = languageAsked(request).value_or(config_->language);
  const auto refused = [&](const Error& error) {
    return textResponse(error.kind == Error::Kind::notFound ? 404 : 400,
                        notify::Catalogue::of(language).say(error.said()) + "\n");
  };
  const auto asked = readSilence(request);
  if (!asked) return refused(asked.error());
  const auto added = watch::addSilence(owners_, *config_, *asked);
  if (!added) return refused(added.error());
  auto answer = silencesAnswer(request);
  answer.status = 201;
  if (const auto doubt = watch::doubtOf(asked->match, owners_, *config_); !doubt.empty()) {
    const auto& words = notify::Catalogue::of(language);
    const auto warning = words.text("check.warning") + ": " + words.say(doubt) + "\n";
    if (request.parameter("format") == "text")
      answer.body = warning + answer.body;
    else
      answer.body = withWarning(answer.body, words.say(doubt));
  }
  return answer;
}

Response Api::endSilence(const ServerRequest& request) {
  if (!request.headers.find("X-Arrivald")) return textResponse(403, "send the header X-Arrivald: 1\n");
  const auto below = request.path.substr(kSilences.size());
  const auto slash = std::min(below.find('/'), below.size());
  const auto id = numberIn<std::int64_t>(below.substr(0, slash));
  if (!id || below.substr(slash) != "/end") return notFound(request, config_->language, "path");
  const auto language = languageAsked(request).value_or(config_->language);
  if (const auto ended = watch::endSilence(owners_, *config_, *id); !ended)
    return textResponse(ended.error().kind == Error::Kind::notFound ? 404 : 400,
                        notify::Catalogue::of(language).say(ended.error().said()) + "\n");
  return silencesAnswer(request);
}

}  // namespace arrivald
