#include "watch/post_to_alertmanager.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/printable.hpp"
#include "notify/about.hpp"
#include "notify/incident_words.hpp"
#include "watch/incident_views.hpp"

namespace arrivald::watch {

using alertmanager::Alert;
using incidents::Incident;

namespace {

// Not the headline or the numbers, which change: then it would be another alert.
std::map<std::string, std::string> labelsOf(const Incident& incident, const notify::About& about,
                                            const config::Alertmanager& settings) {
  const auto joined = [](const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  auto labels = settings.labels;
  labels["alertname"] = "MailIncident";
  labels["account"] = about.account;
  labels["incident"] = std::to_string(incident.number);
  labels["severity"] = rules::name(about.severity);
  labels["category"] = joined(about.categories);
  labels["receiver"] = joined(about.receivers);
  labels["cause"] = joined(about.kinds);
  labels["rule"] = about.rule;
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return labels;
}

std::map<std::string, std::string> annotationsOf(const Incident& incident, const IncidentViews& views) {
  const auto said = views.describe(incident);
  std::map<std::string, std::string> annotations{
      {"summary", fmt::format("#{} {}", incident.number, said.title)}, {"description", said.sentence}};
  if (said.side) annotations["side"] = said.side->value;
  if (said.next) annotations["next_step"] = said.next->value;
  // It goes on there: what is silenced here has to be silenced there as well.
  if (incident.silenced)
    annotations["silenced"] =
        fmt::format("{}: {}", printable(incident.silenced->by.by), printable(incident.silenced->by.why));
  return annotations;
}

Alert alertOf(const Incident& incident, const IncidentViews& views, const config::Config& config,
              Instant now) {
  Alert alert;
  alert.labels = labelsOf(incident, notify::aboutOf(incident, now), *config.alertmanager);
  alert.annotations = annotationsOf(incident, views);
  alert.startsAt = incident.began;
  alert.endsAt = isLive(incident.state) ? now + kLapsesAfter : incident.endedAt.value_or(now);
  if (!config.links.page.empty())
    alert.generatorUrl = notify::incidentPage(config.links.page, incident.number);
  return alert;
}

// Trouble of arrivald's own, in the words in which it was notified.
Alert alertOf(std::string_view rule, const OwnTrouble::Told& told, const notify::Notification& said,
              const config::Config& config, Instant now) {
  Alert alert;
  alert.labels = config.alertmanager->labels;
  alert.labels["alertname"] = "MailIncident";
  alert.labels["incident"] = std::to_string(told.number);
  alert.labels["severity"] = rules::name(rules::Severity::critical);
  alert.labels["rule"] = fmt::format("arrivald-{}", rule);
  alert.annotations = {{"summary", fmt::format("#{} {}", told.number, said.title)},
                       {"description", said.sentence}};
  if (said.side) alert.annotations["side"] = said.side->value;
  if (said.next) alert.annotations["next_step"] = said.next->value;
  alert.startsAt = told.since;
  alert.endsAt = told.until.value_or(now + kLapsesAfter);
  if (!config.links.page.empty()) alert.generatorUrl = notify::incidentPage(config.links.page, told.number);
  return alert;
}

void addOwn(const Owners& owners, const config::Config& config, IncidentAlerts& alerts) {
  const auto now = owners.clock().now();
  const auto language = config.alertmanager->language.value_or(config.language);
  const auto add = [&](std::string_view rule, const OwnTrouble& trouble, const OwnTrouble::Told& told) {
    const auto said = trouble.told(told.number, config, language);
    if (!said || (told.until && now - *told.until >= kLapsesAfter)) return;
    (told.until ? alerts.over : alerts.goOn).push_back(alertOf(rule, told, *said, config, now));
  };
  for (const auto& [rule, trouble] : owners.alerts().ownTroubles()) {
    if (trouble->lasting()) add(rule, *trouble, *trouble->lasting());
    for (const auto& told : trouble->ended()) add(rule, *trouble, told);
  }
}

}  // namespace

IncidentAlerts incidentAlerts(const Owners& owners, const config::Config& config) {
  const auto now = owners.clock().now();
  std::vector<const Incident*> told;
  for (const auto& incident : owners.incidents().followed().incidents)
    if (incident.notified &&
        (isLive(incident.state) || now - incident.endedAt.value_or(Instant{}) < kLapsesAfter))
      told.push_back(&incident);
  IncidentAlerts alerts;
  addOwn(owners, config, alerts);
  if (told.empty()) return alerts;
  const IncidentViews views(owners, config, config.alertmanager->language.value_or(config.language));
  for (const auto* incident : told)
    (isLive(incident->state) ? alerts.goOn : alerts.over).push_back(alertOf(*incident, views, config, now));
  return alerts;
}

PostToAlertmanager::PostToAlertmanager(Owners& owners, http::Transport& transport,
                                       const config::Config& config)
    : owners_(owners), config_(config) {
  const auto& settings = *config.alertmanager;
  for (const auto& url : settings.urls)
    members_.push_back(std::make_unique<alertmanager::Client>(
        transport, alertmanager::ClientOptions{url, settings.user, settings.password.secret}));
}

runtime::Task<JobOutcome> PostToAlertmanager::postOnce() {
  auto known = incidentAlerts(owners_, config_);
  const auto alerts = posted_.update(std::move(known.goOn), known.over, owners_.clock().now());
  const auto body = alerts.empty() ? std::string() : alertmanager::bodyOf(alerts);
  JobOutcome outcome;
  for (const auto& member : members_) {
    auto sent = done();
    if (body.empty())
      sent = co_await member->ask();
    else
      sent = co_await member->post(body);
    if (!sent && !outcome) outcome = sent.error();
  }
  co_return outcome;
}

}  // namespace arrivald::watch
