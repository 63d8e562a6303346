#include "watch/incident_views.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/catalogue.hpp"
#include "notify/compose_incident.hpp"
#include "watch/alert_notices.hpp"
#include "watch/incident_model.hpp"

namespace arrivald::watch {

using incidents::Incident;

namespace {

constexpr std::size_t kMaxShown = 20;

// All mail of the incident's window.
incidents::Breakdown mailAround(const AccountMails& mails, const Incident& incident) {
  if (!isLive(incident.state) || incident.byAlerts || incident.window <= Duration{}) return {};
  const auto* table = mails.find(incident.account);
  if (!table) return {};
  if (incident.root.family == incidents::Family::shares)
    return incidents::breakdownOf(table->shares(incident.window));
  const auto late =
      table->late(incident.stalled ? incidents::Late::soon : incidents::Late::overdue, incident.window);
  return late ? incidents::breakdownOf({*late}) : incidents::Breakdown{};
}

// Another incident of the account that people know of, and that has another cause.
std::int64_t besides(const incidents::Followed& followed, const Incident& incident) {
  for (const auto& other : followed.incidents)
    if (other.number != incident.number && other.account == incident.account && isLive(other.state) &&
        other.notified && !other.notified->closed && !incidents::kindsMeet(other.root, incident.root))
      return other.number;
  return 0;
}

std::optional<notify::Acknowledgement> acknowledgedIn(const Incident& incident, Instant now) {
  if (!incident.acknowledged) return std::nullopt;
  if (isLive(incident.state) && !incidents::isAcknowledged(incident, now)) return std::nullopt;
  const auto& known = *incident.acknowledged;
  return notify::Acknowledgement{known.by, known.why, known.at, known.until};
}

// "delivered" would read as of mail.
std::string stateWords(std::string_view state, const notify::Catalogue& words) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"waiting", "page.incident.message.waiting"},
      {"delivered", "page.incident.message.delivered"},
      {"undeliverable", "page.incident.message.undeliverable"},
      {"closed", "page.incident.message.closed"}};
  for (const auto& [known, key] : kKeys)
    if (state == known) return words.text(key);
  return std::string(state);
}

// All that people were told of it, by its own notices and by those of its alerts.
std::vector<pages::IncidentPage::Message> messagesOf(const Owners& owners, const Incident& incident,
                                                     const notify::Catalogue& words) {
  constexpr std::size_t kMaxMessages = 100;
  std::vector<pages::IncidentPage::Message> messages;
  for (const auto& one : owners.outbox().messagesOf(incident.number, incident.openedAt, kMaxMessages))
    messages.push_back({one.progress.created, one.channel,
                        fmt::format("[{}] {}", one.notification.badge, one.notification.title),
                        stateWords(one.progress.state, words)});
  return messages;
}

}  // namespace

namespace {

// What is over has no members any more: its last alert is the one that ended with it.
bool isOf(const Incident& incident, const rules::Alert& alert) {
  if (std::ranges::find(incident.members, alert.key) != incident.members.end()) return alert.notified;
  return incident.endedAt && incident.members.empty() && alert.key.rule == incident.worstRule &&
         alert.key.subject.account == incident.account && alert.resolvedAt == incident.endedAt;
}

// The gravest alert of an incident that has the words of its alerts, as a change of now.
std::optional<rules::Change> changeOf(const Owners& owners, const Incident& incident, Instant now) {
  if (!incident.byAlerts) return std::nullopt;
  const rules::Alert* gravest = nullptr;
  for (const auto& alert : owners.alerts().all())
    if (isOf(incident, alert) && (!gravest || alert.severity > gravest->severity)) gravest = &alert;
  if (!gravest) return std::nullopt;
  rules::Change change;
  change.kind = isLive(incident.state) ? rules::Change::Kind::fired : rules::Change::Kind::resolved;
  change.at = now;
  change.alert = *gravest;
  change.reason.why = isLive(incident.state)                      ? rules::Reason::Why::condition
                      : incident.state == incidents::State::ended ? rules::Reason::Why::tooLittleMail
                                                                  : rules::Reason::Why::recovered;
  change.reason.evidence = gravest->evidence;
  change.reason.worst = gravest->worst;
  change.reason.since = gravest->beganAt;
  change.reason.detected = gravest->startedAt;
  change.reason.lasted =
      std::max(Duration{}, (isLive(incident.state) ? now : rules::overAt(*gravest)) - gravest->beganAt);
  return change;
}

}  // namespace

notify::IncidentContext incidentContext(const Around& around, const incidents::Followed& followed,
                                        const Incident& incident, Instant now) {
  const auto& [owners, config, mails, mail] = around;
  auto context = notify::incidentContextOf(incident, linksOf(config), config.zone, mail, now);
  if (auto change = changeOf(owners, incident, now)) {
    const auto rule = std::ranges::find(config.rules, change->alert.key.rule, &rules::Rule::name);
    auto page = std::move(context.around.page);
    context.around = notify::contextOf(*change, rule == config.rules.end() ? nullptr : &*rule,
                                       linksOf(config), config.zone, mail, now);
    context.around.page = std::move(page);
    context.alert = std::move(change);
  }
  context.account = mailAround(mails, incident);
  context.severalAccounts = config.accounts.size() > 1;
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
      mail_(owners, current_.stream(), now_),
      mails_(owners, config, current_.stream(), now_) {}

notify::IncidentContext IncidentViews::contextOf(const Incident& incident) const {
  return incidentContext({owners_, config_, mails_, mail_}, owners_.incidents().followed(), incident, now_);
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
  // Minutes tell of mail with an outcome: of what waits they know nothing.
  if (!incident->byAlerts && incident->root.family == incidents::Family::shares)
    if (const auto* mail = mails_.find(incident->account)) around.minutes = mail->minutes(incident->root);
  around.alerts = owners_.alerts().all();
  around.messages = messagesOf(owners_, *incident, notify::Catalogue::of(language_));
  auto page = incidentPage(*incident, around, config_.desk ? config_.desk->url : std::string(), language_);
  // Of an alert that recovers the numbers of now alone would read as no breach.
  const AlertNotices notices(owners_, config_, current_, language_);
  for (std::size_t i = 0; i < incident->members.size() && i < page.members.size(); ++i) {
    const auto alert = std::ranges::find(around.alerts, incident->members[i], &rules::Alert::key);
    if (alert == around.alerts.end()) continue;
    if (auto recovering = notices.recovering(*alert); !recovering.empty())
      page.members[i].value = std::move(recovering);
  }
  return page;
}

notify::Notification IncidentViews::describe(const Incident& incident) const {
  return notify::describeIncident(incident, contextOf(incident), language_);
}

std::string IncidentViews::rowsJson() const { return toJson(rows(), language_, config_.zone, now_); }

std::optional<std::string> IncidentViews::pageJson(std::int64_t number) const {
  const auto shown = page(number);
  if (!shown) return std::nullopt;
  return toJson(*shown);
}

}  // namespace arrivald::watch
