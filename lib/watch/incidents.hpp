// Incidents: what on-call is notified of instead of single alerts, in memory and in the store.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "incidents/incident.hpp"
#include "store/incidents_table.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Written by Alerts, together with the alerts and the notifications.
class Incidents final : public Owner {
 public:
  Incidents(store::Database& database, const Clock& clock) : clock_(clock), table_(database) {}

  void load() override;
  void shift(Duration step) override;
  void storeShift(Duration) override { table_.replace(followed_); }

  const incidents::Followed& followed() const { return followed_; }
  const incidents::Incident* find(std::int64_t number) const { return followed_.find(number); }

  /// Stores `next`, as a whole where it is not known what the store has. Call it inside a transaction, and
  /// take() after it, whether the store took it or not; throws store::SqlError.
  enum class Known : std::uint8_t { yes, no };
  void put(const incidents::Followed& next, Known known);
  void take(incidents::Followed next) {
    followed_ = std::move(next);
    numbersTaken_ = false;
  }
  /// A number for what is no incident of mail: arrivald's own trouble. Stored with the next put().
  std::int64_t takeNumber() {
    numbersTaken_ = true;
    return ++followed_.lastNumber;
  }
  /// This one was given before a restart.
  void keepNumber(std::int64_t number) {
    if (number <= followed_.lastNumber) return;
    numbersTaken_ = true;
    followed_.lastNumber = number;
  }
  bool hasUnstoredNumbers() const { return numbersTaken_; }

  /// The account's mail is known now.
  void seen(const std::string& account) { seenAt_[account] = clock_.sinceBoot(); }
  /// For how long it has not been, as far as this process knows.
  Duration unseenFor(const std::string& account);

 private:
  const Clock& clock_;
  store::IncidentsTable table_;
  incidents::Followed followed_;
  bool numbersTaken_ = false;
  std::map<std::string, Duration> seenAt_;  // by account; by Clock::sinceBoot()
};

}  // namespace arrivald::watch
