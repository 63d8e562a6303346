#include "watch/alert_notices.hpp"

#include <algorithm>

#include "notify/compose.hpp"
#include "notify/context.hpp"

namespace arrivald::watch {

AlertNotices::AlertNotices(const Owners& owners, const config::Config& config, const CurrentFacts& current,
                           Language language)
    : config_(config),
      language_(language),
      now_(owners.clock().now()),
      mail_(owners, current.stream(), now_) {}

notify::Notification AlertNotices::of(const rules::Alert& alert) const {
  rules::Change change;
  change.at = now_;
  change.alert = alert;
  change.reason.evidence = alert.evidence;
  change.reason.worst = alert.worst;
  change.reason.since = alert.beganAt;
  change.reason.detected = alert.startedAt;
  const auto rule = std::ranges::find(config_.rules, alert.key.rule, &rules::Rule::name);
  auto context = notify::contextOf(change, rule == config_.rules.end() ? nullptr : &*rule, linksOf(config_),
                                   config_.zone, mail_, now_);
  context.brief = true;
  return notify::compose(change, context, language_);
}

std::string AlertNotices::recovering(const rules::Alert& alert) const {
  const auto rule = std::ranges::find(config_.rules, alert.key.rule, &rules::Rule::name);
  const auto known = notify::recoveringOf(alert, rule == config_.rules.end() ? nullptr : &*rule, now_);
  if (!known || !rules::active(alert.state)) return {};
  return notify::recoveringWords(alert, *known, config_.zone, notify::Catalogue::of(language_));
}

}  // namespace arrivald::watch
