#include "watch/alert_notices.hpp"

#include <algorithm>

#include "notify/compose.hpp"
#include "notify/context.hpp"

namespace arrivald::watch {

AlertNotices::AlertNotices(const Owners& owners, const config::Config& config, Language language)
    : config_(config),
      language_(language),
      now_(owners.clock().now()),
      current_(owners, config),
      mail_(owners, current_.stream(), now_) {}

notify::Notification AlertNotices::of(const rules::Alert& alert) const {
  rules::Change change;
  change.at = now_;
  change.alert = alert;
  change.reason.evidence = alert.evidence;
  change.reason.since = alert.beganAt;
  change.reason.detected = alert.startedAt;
  const auto rule = std::ranges::find(config_.rules, alert.key.rule, &rules::Rule::name);
  auto context = notify::contextOf(change, rule == config_.rules.end() ? nullptr : &*rule, linksOf(config_),
                                   config_.zone, mail_, now_);
  context.brief = true;
  return notify::compose(change, context, language_);
}

}  // namespace arrivald::watch
