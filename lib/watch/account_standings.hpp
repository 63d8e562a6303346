// AccountStandings: what the provider says of each account: the credits of its plan and its reputation.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "metrics/registry.hpp"
#include "rules/input.hpp"
#include "store/standings_table.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Keeps the readings of kKept, about one an hour. If the store fails, those in
/// memory stay, and the pace is learned anew after a restart.
class AccountStandings final : public Owner {
 public:
  static constexpr Duration kKept = std::chrono::hours(24 * 15);
  /// An older reading says nothing about the present.
  static constexpr Duration kCurrent = std::chrono::hours(6);

  AccountStandings(store::Database& database, metrics::Registry& registry, StoreHealth& health)
      : database_(database), registry_(registry), health_(health), table_(database) {}

  void load() override;
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;
  void storeShift(Duration step) override { table_.shift(step); }

  void read(const config::Account& account, store::StandingRow row);

  /// Whether its credits can be so: not more left than the plan has, nor more used beyond it than all of it.
  /// What cannot be is unknown.
  static bool canBe(const store::StandingRow& row);
  /// What the latest reading cannot be believed in; nothing: it is believed as far as it tells.
  enum class Doubt : std::uint8_t { impossibleCredits, flippingCredits, flippingReputation };
  std::optional<Doubt> doubt(std::string_view account, Instant now) const;

  /// The latest reading; null if there is none within kCurrent.
  const store::StandingRow* latest(std::string_view account, Instant now) const;
  /// creditsLeft, creditsLast, reputation or reputationFall; nothing if it is unknown. creditsLast needs two
  /// readings: its pace is that of `window`, or of the last hour if at both its pace and the last day's the
  /// credits end within a day. Less than six hours are taken for a whole day: nobody knows yet how quiet its
  /// rest is. After a renewal only the pace since then counts; what a day of it does not show yet is unknown.
  /// Where the credits are renewed before they run out, or have just been, or the plan lets the account send
  /// more than it pays for, kNoEnd; once they are used up, nothing. What fell, was taken back, and fell again
  /// within a day comes and goes: it is unknown until kHolds readings agree.
  std::optional<double> number(std::string_view account, rules::Input input, Duration window,
                               Instant now) const;
  /// See rules::AccountFacts. False while there is no reading within kCurrent.
  bool isBorneOut(std::string_view account, rules::Input input, Instant now) const;
  static constexpr double kNoEnd = 1e10;
  static constexpr std::size_t kHolds = 3;
  /// The time whose pace decided creditsLast, to the hour; `window` if all of it did, or if nothing is known.
  Duration paceOf(std::string_view account, Duration window, Instant now) const;

 private:
  struct Lasting {
    double seconds = kNoEnd;
    Duration pace{};  // the time in which it was seen
  };
  using Readings = std::vector<store::StandingRow>;  // oldest first
  static bool isBeingRenewed(const store::StandingRow& row, const TimeZone& zone);
  static std::optional<Lasting> lasting(const Readings& readings, Instant from, const TimeZone& zone);

  store::Database& database_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  store::StandingsTable table_;
  std::map<std::string, Readings, std::less<>> readings_;  // by account
  std::map<std::string, TimeZone, std::less<>> zones_;     // of the configured accounts
};

}  // namespace arrivald::watch
