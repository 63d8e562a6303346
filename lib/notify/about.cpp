#include "notify/about.hpp"

#include <algorithm>
#include <cmath>

#include "notify/plan_incidents.hpp"

namespace arrivald::notify {

About aboutOf(const rules::Change& change) {
  const auto& subject = change.alert.key.subject;
  About about;
  about.conversation = rules::toText(change.alert.key);
  const bool over = change.kind == rules::Change::Kind::resolved;
  about.state = over ? About::State::over : About::State::open;
  about.severity = over ? change.alert.notifiedSeverity : change.alert.severity;
  about.account = subject.account;
  about.rule = change.alert.key.rule;
  if (subject.dimension == delivery::Dimension::category) about.categories = {subject.name};
  if (delivery::isReceiver(subject.dimension)) about.receivers = {subject.name};
  about.since = toIso(change.alert.beganAt);
  if (const auto mails = rules::badMail(change.reason.evidence)) {
    about.mails = mails->total;
    about.bad = mails->bad;
  }
  return about;
}

About aboutOf(const incidents::Incident& incident, Instant now) {
  About about;
  about.conversation = conversationOf(incident);
  about.state = !isLive(incident.state)         ? About::State::over
                : isAcknowledged(incident, now) ? About::State::acknowledged
                                                : About::State::open;
  about.severity = incident.worstSeverity;
  if (incident.notified) about.severity = std::max(about.severity, incident.notified->severity);
  about.account = incident.account;
  about.rule = incident.worstRule;
  about.categories = incident.root.categories;
  about.receivers = incident.root.receivers;
  for (const auto kind : incident.root.kinds) about.kinds.emplace_back(incidents::name(kind));
  about.since = toIso(incident.began);
  about.mails = std::llround(incident.numbers.mails);
  about.bad = std::llround(incident.numbers.seen);
  about.incidents = {incident.number};
  for (const auto& member : incident.members) about.members.push_back(rules::toText(member));
  return about;
}

}  // namespace arrivald::notify
