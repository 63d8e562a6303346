#include "watch/alerts.hpp"

#include <algorithm>

#include "watch/log.hpp"

namespace arrivald::watch {

Alerts::Alerts(store::Database& database, const Clock& clock, Outbox& outbox, StoreHealth& health)
    : database_(database),
      outbox_(outbox),
      health_(health),
      table_(database),
      incidents_(database, clock),
      storeAlarm_(clock, health, outbox, incidents_),
      rulesAlarm_(clock, outbox, incidents_) {}

void Alerts::load() {
  std::size_t unreadable = 0;
  alerts_ = table_.load(unreadable);
  if (unreadable > 0)
    log::warning("some stored alerts cannot be read; they start as new ones",
                 {{"count", std::to_string(unreadable)}});
  std::sort(alerts_.begin(), alerts_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  incidents_.load();
}

void Alerts::shift(Duration step) {
  for (auto& alert : alerts_) rules::shift(alert, step);
  incidents_.shift(step);
  storeAlarm_.shift(step);
  rulesAlarm_.shift(step);
}

void Alerts::storeShift(Duration step) {
  table_.replace(alerts_);
  incidents_.storeShift(step);
}

Done Alerts::put(rules::Verdict verdict, const std::vector<Outgoing>& notifications) {
  return put(std::move(verdict), incidents_.followed(), notifications);
}

Done Alerts::put(rules::Verdict verdict, incidents::Followed followed,
                 const std::vector<Outgoing>& notifications) {
  if (stored_ && !outbox_.hasUnsaved() && !incidents_.hasUnstoredNumbers() && verdict.alerts == alerts_ &&
      followed == incidents_.followed() && notifications.empty())
    return done();
  const auto stored = database_.transact([&] {
    if (stored_)
      table_.put(alerts_, verdict.alerts);
    else
      table_.replace(verdict.alerts);
    incidents_.put(
        followed, stored_ && !incidents_.hasUnstoredNumbers() ? Incidents::Known::yes : Incidents::Known::no);
    outbox_.put(notifications);
  });
  health_.record("alerts", stored);
  stored_ = stored.ok();
  alerts_ = std::move(verdict.alerts);
  incidents_.take(std::move(followed));
  if (!stored)
    outbox_.hold(notifications);
  else
    outbox_.stored();
  return stored;
}

bool Alerts::storeMissing() { return put({alerts_, {}}, {}).ok(); }

}  // namespace arrivald::watch
