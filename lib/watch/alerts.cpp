#include "watch/alerts.hpp"

#include <algorithm>

#include "watch/log.hpp"

namespace arrivald::watch {

Alerts::Alerts(store::Database& database, Outbox& outbox, StoreHealth& health)
    : database_(database), outbox_(outbox), health_(health), table_(database) {}

void Alerts::load() {
  std::size_t unreadable = 0;
  alerts_ = table_.load(unreadable);
  if (unreadable > 0)
    log::warning("some stored alerts cannot be read; they start as new ones",
                 {{"count", std::to_string(unreadable)}});
  std::sort(alerts_.begin(), alerts_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
}

void Alerts::shift(Duration step) {
  for (auto& alert : alerts_) rules::shift(alert, step);
}

void Alerts::storeShift(Duration) { table_.put({}, alerts_); }

Done Alerts::put(rules::Verdict verdict, const std::vector<Outgoing>& notifications) {
  if (stored_ && verdict.alerts == alerts_ && notifications.empty()) return done();
  const auto stored = database_.transact([&] {
    // From nothing everything is written; what is no longer there goes by what was there.
    if (!stored_) table_.put({}, alerts_);
    table_.put(alerts_, verdict.alerts);
    outbox_.put(notifications);
  });
  health_.record("alerts", stored);
  stored_ = stored.ok();
  if (!stored) return stored;
  if (!notifications.empty()) outbox_.wake();
  alerts_ = std::move(verdict.alerts);
  return stored;
}

}  // namespace arrivald::watch
