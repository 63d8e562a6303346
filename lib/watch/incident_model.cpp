#include "watch/incident_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "http/url.hpp"
#include "notify/catalogue.hpp"
#include "notify/compose_incident.hpp"
#include "notify/incident_side.hpp"
#include "notify/incident_words.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_words.hpp"
#include "notify/silence_words.hpp"

namespace arrivald::watch {

using incidents::Incident;
using incidents::State;
using nlohmann::ordered_json;
using notify::Catalogue;
using pages::IncidentPage;

namespace {

constexpr Duration kSpan = std::chrono::minutes(5);
constexpr Duration kBefore = std::chrono::minutes(15);  // how it was before it began

pages::Weight weightOf(const Incident& incident) {
  if (!incidents::isLive(incident.state)) return pages::Weight::over;
  if (incident.state == State::quiet) return pages::Weight::recovering;
  return incident.severity == rules::Severity::critical  ? pages::Weight::critical
         : incident.severity == rules::Severity::warning ? pages::Weight::warning
                                                         : pages::Weight::info;
}

std::string stateOf(const Incident& incident, const notify::Notification& said, const Catalogue& c) {
  switch (incident.state) {
    case State::open:
      return c.text(fmt::format("severity.{}", rules::name(incident.severity)));
    case State::quiet:
      return c.text("page.severity.recovering");
    case State::resolved:
      return c.text(said.tone == notify::Tone::ended ? "ended" : "resolved");
    case State::ended:
      return c.text("ended");
    case State::merged:
      break;
  }
  return c.text("incident.merged.badge");
}

std::string valueOf(const std::optional<notify::Field>& field) {
  return field ? field->value : std::string();
}

// An open incident's only field is who has acknowledged it; one of a rule has its alert's.
std::string acknowledgedOf(const Incident& incident, const notify::IncidentContext& context,
                           Language language) {
  return incidents::isLive(incident.state) ? notify::acknowledgedWords(context, language) : std::string();
}

std::string silencedOf(const Incident& incident, const notify::IncidentContext& context, Language language) {
  if (!incident.silenced || !incidents::isActive(incident.silenced->by, context.around.now)) return {};
  return notify::silencedUntil(incident.silenced->by, {context.around.zone, context.around.now, language});
}

// As its messages say it.
Instant beganOf(const Incident& incident, const notify::IncidentContext& context) {
  return context.alert ? context.alert->alert.beganAt : incident.began;
}

std::int64_t whole(double mails) { return std::llround(mails); }

// By minutes while the table holds it from before its beginning; by hours else.
void addCourse(IncidentPage& page, const Incident& incident, const IncidentAround& around) {
  const auto now = around.context.around.now;
  const std::chrono::minutes known(static_cast<std::int64_t>(around.minutes.size()));
  const Instant present = std::chrono::floor<std::chrono::minutes>(now);
  const Instant first = std::chrono::floor<std::chrono::minutes>(incident.began - kBefore);
  if (first > present - known) {
    page.each = kSpan;
    for (Instant begin = first; begin <= present; begin += kSpan) {
      IncidentPage::Span span{begin, 0, 0};
      incidents::Numbers sum;
      for (Instant at = begin; at < begin + kSpan && at <= present; at += std::chrono::minutes(1)) {
        const auto ago = static_cast<std::size_t>((present - at) / std::chrono::minutes(1));
        sum += around.minutes[around.minutes.size() - 1 - ago];
      }
      span.mails = whole(sum.mails);
      span.bad = whole(sum.seen);
      page.course.push_back(span);
    }
    return;
  }
  page.each = std::chrono::hours(1);
  for (const auto& hour : incident.hours) {
    // Hours without mail are not kept.
    while (!page.course.empty() && page.course.back().begin + page.each < hour.begin)
      page.course.push_back({page.course.back().begin + page.each, 0, 0});
    page.course.push_back({hour.begin, whole(hour.numbers.mails), whole(hour.numbers.seen)});
  }
}

std::vector<IncidentPage::Part> partsOf(const std::vector<incidents::Part>& parts,
                                        notify::IncidentWords::By by, const notify::IncidentWords& words) {
  std::vector<IncidentPage::Part> rows;
  for (const auto& part : parts)
    rows.push_back(
        {by == notify::IncidentWords::By::category ? words.category(part.name) : words.receiver(part.name),
         whole(part.numbers.mails), whole(part.numbers.seen)});
  std::ranges::sort(rows, {}, [](const auto& row) { return std::tuple(-row.bad, -row.mails, row.name); });
  return rows;
}

void addMembers(IncidentPage& page, const Incident& incident, const IncidentAround& around,
                const Catalogue& c) {
  for (const auto& member : incident.members) {
    const auto alert = std::ranges::find(around.alerts, member, &rules::Alert::key);
    IncidentPage::Member row{member.rule, notify::subjectWords(c, member.subject), "", {}};
    if (alert != around.alerts.end()) {
      row.value = notify::valueLine(alert->evidence, c);
      row.since = alert->beganAt;
    }
    page.members.push_back(std::move(row));
  }
}

// What the desk knows of the same receiver and cause since the incident began.
void addLinks(IncidentPage& page, const Incident& incident, const std::string& deskUrl, const TimeZone& zone,
              const Catalogue& c) {
  if (deskUrl.empty() || incident.root.family != incidents::Family::shares) return;
  auto href =
      fmt::format("{}{}?from={}&to={}", deskUrl, deskUrl.ends_with('/') ? "" : "/",
                  toText(zone.dateOf(incident.began)), toText(zone.dateOf(page.until.value_or(page.now))));
  if (incident.root.receivers.size() == 1)
    href += "&group=" + http::percentEncode(incident.root.receivers.front());
  if (const auto cause = notify::namedCause(incident.root))
    href += fmt::format("&cause={}", causes::name(*cause));
  page.links.push_back({c.text("page.incident.desk"), std::move(href)});
}

void addCommands(IncidentPage& page, const Catalogue& c) {
  for (const auto& member : page.members) {
    auto line = fmt::format("arrivald explain-alert {}", member.rule);
    if (std::ranges::find(page.commands, line, &IncidentPage::Command::line) == page.commands.end())
      page.commands.push_back({c.text("page.incident.explain"), std::move(line)});
  }
  page.commands.push_back({c.text("page.incident.trace"), c.text("page.incident.trace.line")});
}

}  // namespace

std::vector<const Incident*> shownIncidents(const std::vector<Incident>& incidents, std::size_t max) {
  std::vector<const Incident*> shown;
  for (const auto& one : incidents) shown.push_back(&one);
  std::ranges::sort(shown, {}, [](const Incident* one) {
    return std::tuple(!incidents::isLive(one->state), -one->number);
  });
  if (shown.size() > max) shown.resize(max);
  return shown;
}

pages::IncidentRow incidentRow(const Incident& incident, const notify::IncidentContext& context,
                               Language language) {
  const auto& c = Catalogue::of(language);
  const auto said = describeIncident(incident, context, language);
  pages::IncidentRow row;
  row.weight = weightOf(incident);
  row.number = incident.number;
  row.href = fmt::format("/incident/{}", incident.number);
  row.state = stateOf(incident, said, c);
  row.headline = said.title;
  row.since = beganOf(incident, context);
  if (!incidents::isLive(incident.state)) {
    row.until = notify::overAt(incident);
    return row;
  }
  row.side = valueOf(said.side);
  row.next = valueOf(said.next);
  row.acknowledged = acknowledgedOf(incident, context, language);
  row.silenced = silencedOf(incident, context, language);
  return row;
}

IncidentPage incidentPage(const Incident& incident, const IncidentAround& around, const std::string& deskUrl,
                          Language language) {
  const auto& c = Catalogue::of(language);
  const auto& context = around.context;
  const auto said = describeIncident(incident, context, language);
  const notify::IncidentWords words(context.around.zone, context.around.now, language);
  IncidentPage page;
  page.language = language;
  page.zone = context.around.zone;
  page.now = context.around.now;
  page.number = incident.number;
  page.account = incident.account;
  page.weight = weightOf(incident);
  page.state = stateOf(incident, said, c);
  page.headline = said.title;
  page.sentence = said.sentence;
  page.since = beganOf(incident, context);
  if (!incidents::isLive(incident.state)) page.until = notify::overAt(incident);
  page.next = valueOf(said.next);
  page.side = valueOf(said.side);
  page.acknowledged = acknowledgedOf(incident, context, language);
  page.silenced = silencedOf(incident, context, language);
  page.replies = said.samples;
  page.bad = incident.root.family == incidents::Family::waiting ? IncidentPage::Bad::late
                                                                : IncidentPage::Bad::failed;
  // One that is told by its alerts has their numbers: sums of the statistics tell less, and would contradict.
  if (!incident.byAlerts) {
    addCourse(page, incident, around);
    page.categories = partsOf(incident.affected.categories, notify::IncidentWords::By::category, words);
    page.receivers = partsOf(incident.affected.receivers, notify::IncidentWords::By::receiver, words);
  }
  addMembers(page, incident, around, c);
  page.messages = around.messages;
  addLinks(page, incident, deskUrl, page.zone, c);
  addCommands(page, c);
  return page;
}

namespace {

void addIfAny(ordered_json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

template <class Shown>
ordered_json headOf(const Shown& shown) {
  ordered_json json{{"number", shown.number},
                    {"open", !shown.until},
                    {"state", shown.state},
                    {"headline", shown.headline},
                    {"since", toIso(shown.since)}};
  if (shown.until) json["until"] = toIso(*shown.until);
  addIfAny(json, "next", shown.next);
  addIfAny(json, "side", shown.side);
  addIfAny(json, "acknowledged", shown.acknowledged);
  addIfAny(json, "silenced", shown.silenced);
  return json;
}

ordered_json frame(Language language, const TimeZone& zone, Instant now) {
  return {{"language", language == Language::english ? "en" : "ja"},
          {"time_zone", zone.name()},
          {"now", toIso(now)}};
}

ordered_json partsJson(const std::vector<IncidentPage::Part>& parts) {
  auto rows = ordered_json::array();
  for (const auto& part : parts)
    rows.push_back({{"name", part.name}, {"mails", part.mails}, {"bad", part.bad}});
  return rows;
}

std::string dumped(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string toJson(const std::vector<pages::IncidentRow>& rows, Language language, const TimeZone& zone,
                   Instant now) {
  auto json = frame(language, zone, now);
  json["incidents"] = ordered_json::array();
  for (const auto& row : rows) json["incidents"].push_back(headOf(row));
  return dumped(json);
}

std::string toJson(const IncidentPage& page) {
  auto json = frame(page.language, page.zone, page.now);
  auto one = headOf(page);
  one["account"] = page.account;
  one["sentence"] = page.sentence;
  one["replies"] = page.replies;
  one["bad"] = page.bad == IncidentPage::Bad::late ? "late" : "failed";
  one["seconds_each"] = std::chrono::duration_cast<std::chrono::seconds>(page.each).count();
  one["course"] = ordered_json::array();
  for (const auto& span : page.course)
    one["course"].push_back({{"begin", toIso(span.begin)}, {"mails", span.mails}, {"bad", span.bad}});
  one["categories"] = partsJson(page.categories);
  one["receivers"] = partsJson(page.receivers);
  one["members"] = ordered_json::array();
  for (const auto& member : page.members) {
    ordered_json row{{"rule", member.rule}, {"subject", member.subject}};
    addIfAny(row, "value", member.value);
    if (member.since) row["since"] = toIso(*member.since);
    one["members"].push_back(std::move(row));
  }
  one["messages"] = ordered_json::array();
  for (const auto& message : page.messages)
    one["messages"].push_back({{"at", toIso(message.at)},
                               {"channel", message.channel},
                               {"text", message.text},
                               {"state", message.state}});
  json["incident"] = std::move(one);
  return dumped(json);
}

}  // namespace arrivald::watch
