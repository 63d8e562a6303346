// AccountNumbers: implements rules::AccountFacts: what is known of an account besides its mail.
#pragma once

#include <string>

#include "rules/account_facts.hpp"
#include "watch/account_standings.hpp"
#include "watch/statistics.hpp"
#include "watch/stream_status.hpp"

namespace arrivald::watch {

/// Value of references to its inputs. Loop thread only.
class AccountNumbers final : public rules::AccountFacts {
 public:
  AccountNumbers(const AccountStandings& standings, const StreamStatus& streams, const Statistics& statistics)
      : standings_(standings), streams_(streams), statistics_(statistics) {}

  std::optional<double> accountNumber(std::string_view account, rules::Input input, Duration window,
                                      Instant now) const override {
    if (input == rules::Input::statisticsContradictory) {
      const auto lasts = statistics_.contradictoryFor(account, now);
      return lasts ? std::optional(static_cast<double>(lasts->count()) / 1000) : std::nullopt;
    }
    if (input != rules::Input::malformedEvents) return standings_.number(account, input, window, now);
    const std::string name(account);
    if (!streams_.find(name)) return std::nullopt;
    return static_cast<double>(streams_.malformed(name, window, now));
  }

  Duration decidedWithin(std::string_view account, rules::Input input, Duration window,
                         Instant now) const override {
    return input == rules::Input::creditsLast ? standings_.paceOf(account, window, now) : window;
  }

  bool isBorneOut(std::string_view account, rules::Input input, Instant now) const override {
    return standings_.isBorneOut(account, input, now);
  }

 private:
  const AccountStandings& standings_;
  const StreamStatus& streams_;
  const Statistics& statistics_;
};

}  // namespace arrivald::watch
