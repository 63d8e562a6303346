// Mails for the tests of incidents: a town's hours, with as many failures in a part of them as a test says.
#pragma once

#include <string>
#include <vector>

#include "incidents/cross_table.hpp"
#include "incidents/follow.hpp"
#include "rules/alert.hpp"

namespace arrivald::incidents::testing {

using namespace std::chrono_literals;

inline constexpr Instant kNoon{std::chrono::sys_days(std::chrono::year(2026) / 5 / 26) + 3h};
inline const std::vector<std::string> kCategories{"notice", "reservation", "tax"};
inline const std::vector<std::string> kReceivers{"Gmail", "docomo", "Yahoo"};

/// So many mails a minute of each category to each receiver, of which one in a hundred fails.
struct Town {
  CrossTable table{kNoon - 15 * 24h};
  Instant now = kNoon - 15 * 24h;
  int perMinute = 1;
  std::int64_t serial = 0;

  /// What a test adds: of the mail of a category (empty: all) to a receiver (empty: all), every `every`-th
  /// mail fails with this kind.
  struct Fault {
    std::string category, receiver;
    int every = 2;
    Kind kind = Kind::authentication;
  };
  std::vector<Fault> faults;
  std::vector<Root> unusual;  // what must not become usual

  void minute() {
    table.advance(now, unusual);
    for (const std::string& category : kCategories)
      for (const std::string& receiver : kReceivers)
        for (int i = 0; i < perMinute; ++i) {
          ++serial;
          std::optional<Kind> failure;
          // Spread over the cells: a step that shares no factor with their number.
          if (serial % 101 == 0) failure = Kind::noAddress;
          for (const Fault& fault : faults)
            if ((fault.category.empty() || fault.category == category) &&
                (fault.receiver.empty() || fault.receiver == receiver) &&
                (serial * 7) % 10 < 10 / fault.every)
              failure = fault.kind;
          table.add(category, receiver, failure, now);
        }
    now += 1min;
    table.advance(now, unusual);
  }
  void pass(Duration time) {
    for (const Instant until = now + time; now < until;) minute();
  }
};

/// An alert of the shipped rule, firing now.
inline rules::Alert rateAlert(const delivery::Subject& subject, std::int64_t bad, std::int64_t total,
                              Instant now, rules::Severity severity = rules::Severity::warning) {
  rules::Alert alert;
  alert.key = {"delivery-rate", subject};
  alert.state = rules::AlertState::firing;
  alert.severity = severity;
  alert.since = alert.startedAt = alert.beganAt = alert.lastBad = now;
  alert.evidence = rules::RateEvidence{.mails = {bad, total},
                                       .bound = rules::BadShare(0.05),
                                       .threshold = rules::BadShare(0.02),
                                       .window = 10min};
  return alert;
}

inline delivery::Subject account() { return {"town", delivery::Dimension::account, ""}; }
inline delivery::Subject receiver(std::string name) {
  return {"town", delivery::Dimension::domainGroup, std::move(name)};
}
inline delivery::Subject category(std::string name) {
  return {"town", delivery::Dimension::category, std::move(name)};
}

}  // namespace arrivald::incidents::testing
