#include "store/alerts_table.hpp"

#include <map>

namespace arrivald::store {

using rules::Alert;
using rules::AlertKey;

std::vector<Alert> AlertsTable::load(std::size_t& unreadable) {
  std::vector<Alert> alerts;
  Statement rows(database_, "SELECT rule, account, dimension, name, state FROM alerts");
  while (rows.step()) {
    const auto dimension = delivery::dimensionNamed(rows.text(2));
    if (!dimension) {
      ++unreadable;
      continue;
    }
    AlertKey key{std::string(rows.text(0)),
                 {std::string(rows.text(1)), *dimension, std::string(rows.text(3))}};
    auto alert = rules::alertFromJson(std::move(key), rows.text(4));
    if (alert) {
      alerts.push_back(std::move(*alert));
    } else {
      ++unreadable;
    }
  }
  return alerts;
}

void AlertsTable::replace(std::span<const Alert> alerts) {
  Statement(database_, "DELETE FROM alerts").run();
  put({}, alerts);
}

void AlertsTable::put(std::span<const Alert> before, std::span<const Alert> alerts) {
  std::map<AlertKey, const Alert*> stored;
  for (const auto& alert : before) stored[alert.key] = &alert;
  for (const auto& alert : alerts) {
    const auto old = stored.find(alert.key);
    const bool same = old != stored.end() && *old->second == alert;
    if (old != stored.end()) stored.erase(old);
    if (same) continue;
    const auto& subject = alert.key.subject;
    Statement(database_,
              "INSERT OR REPLACE INTO alerts (rule, account, dimension, name, state) VALUES (?, ?, ?, ?, ?)")
        .bind(alert.key.rule)
        .bind(subject.account)
        .bind(name(subject.dimension))
        .bind(subject.name)
        .bind(rules::toJson(alert))
        .run();
  }
  for (const auto& [key, alert] : stored)
    Statement(database_, "DELETE FROM alerts WHERE rule = ? AND account = ? AND dimension = ? AND name = ?")
        .bind(key.rule)
        .bind(key.subject.account)
        .bind(name(key.subject.dimension))
        .bind(key.subject.name)
        .run();
}

}  // namespace arrivald::store
