#include "watch/incident_views.hpp"

#include <fmt/format.h>

#include "notify/catalogue.hpp"
#include "watch/incident_model.hpp"

namespace arrivald::watch {

using incidents::Incident;

namespace {

constexpr std::size_t kMaxShown = 20;

// All mail of the incident's window.
incidents::Breakdown mailAround(const Owners& owners, const Incident& incident) {
  const auto* table = owners.events().tables().find(incident.account);
  if (!table || incident.window <= Duration{}) return {};
  if (incident.root.family == incidents::Family::shares)
    return incidents::breakdownOf(table->shares(incident.window));
  const auto late =
      table->late(incident.stalled ? incidents::Late::soon : incidents::Late::overdue, incident.window);
  return late ? incidents::breakdownOf({*late}) : incidents::Breakdown{};
}

// Another incident of the account that people know of.
std::int64_t besides(const incidents::Followed& followed, const Incident& incident) {
  for (const auto& other : followed.incidents)
    if (other.number != incident.number && other.account == incident.account && isLive(other.state) &&
        other.notified && !other.notified->closed)
      return other.number;
  return 0;
}

std::optional<notify::Acknowledgement> acknowledgedIn(const Incident& incident, Instant now) {
  if (!incident.acknowledged) return std::nullopt;
  if (isLive(incident.state) && !incidents::isAcknowledged(incident, now)) return std::nullopt;
  const auto& known = *incident.acknowledged;
  return notify::Acknowledgement{known.by, known.why, known.at, known.until};
}

// The latest of each channel.
std::vector<pages::IncidentPage::Message> messagesOf(const Owners& owners, const config::Config& config,
                                                     const Incident& incident) {
  std::vector<pages::IncidentPage::Message> messages;
  const auto prefix = fmt::format("incident-{}@", incident.number);
  for (const auto& channel : config.channels)
    if (const auto latest = owners.outbox().latest(prefix, channel.name))
      messages.push_back({latest->created, channel.name, latest->change, latest->state});
  return messages;
}

}  // namespace

notify::IncidentContext incidentContext(const Owners& owners, const config::Config& config,
                                        const incidents::Followed& followed, const Incident& incident,
                                        const notify::MailView& mail, Instant now) {
  auto context = notify::incidentContextOf(incident, linksOf(config), config.zone, mail, now);
  context.account = mailAround(owners, incident);
  context.besides = besides(followed, incident);
  context.acknowledged = acknowledgedIn(incident, now);
  return context;
}

IncidentViews::IncidentViews(const Owners& owners, const config::Config& config, Language language)
    : owners_(owners),
      config_(config),
      language_(language),
      now_(owners.clock().now()),
      current_(owners, config),
      mail_(owners, current_.stream(), now_) {}

notify::IncidentContext IncidentViews::contextOf(const Incident& incident) const {
  return incidentContext(owners_, config_, owners_.incidents().followed(), incident, mail_, now_);
}

std::vector<pages::IncidentRow> IncidentViews::rows() const {
  std::vector<pages::IncidentRow> rows;
  for (const auto* incident : shownIncidents(owners_.incidents().followed().incidents, kMaxShown))
    rows.push_back(incidentRow(*incident, contextOf(*incident), language_));
  return rows;
}

std::optional<pages::IncidentPage> IncidentViews::page(std::int64_t number) const {
  const auto* incident = owners_.incidents().find(number);
  if (!incident) return std::nullopt;
  IncidentAround around{contextOf(*incident)};
  if (const auto* table = owners_.events().tables().find(incident->account))
    around.minutes = table->minutes(incident->root);
  around.alerts = owners_.alerts().all();
  around.messages = messagesOf(owners_, config_, *incident);
  return incidentPage(*incident, around, config_.desk ? config_.desk->url : std::string(), language_);
}

std::string IncidentViews::rowsJson() const { return toJson(rows(), language_, config_.zone, now_); }

std::optional<std::string> IncidentViews::pageJson(std::int64_t number) const {
  const auto shown = page(number);
  if (!shown) return std::nullopt;
  return toJson(*shown);
}

}  // namespace arrivald::watch
