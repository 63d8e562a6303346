// Input: the quantities that rules can evaluate, by the names used in YAML, metrics and notifications.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "delivery/metric.hpp"
#include "rules/bad_share.hpp"

namespace arrivald::rules {

enum class Input : std::uint8_t {
  // Shares of a window's mail.
  deliveryRate,           ///< delivered / (delivered + bounces + blocks); suits short windows
  deliveryRateByRequest,  ///< delivered / requests: mixes cohorts, so only for windows of a day and more
  deliveryRateLessDrops,  ///< delivered / (requests − drops): likewise
  bounceRate,             ///< bounces / (delivered + bounces + blocks)
  blockRate,              ///< blocks / (delivered + bounces + blocks)
  dropRate,               ///< drops / requests (of a mailbox provider: drops / (outcomes + drops))
  spamReportRate,         ///< spam reports / delivered
  // Numbers of mails in a window.
  requests,
  delivered,
  failures,   ///< bounces + blocks
  drops,      ///< every kind
  deferrals,  ///< attempts, not mails
  // At present.
  queue,    ///< requests − drops − outcomes over the window, not below 0: an estimate of mail in flight
  dataAge,  ///< seconds since the subject's numbers were last read successfully
  // From the event stream.
  latencyMedian,     ///< seconds from processed to delivered, of what was delivered in the window
  latencyP95,        ///< likewise, the 95th percentile
  latencyP99,        ///< likewise, the 99th percentile
  oldestInFlight,    ///< seconds since the oldest message without a final event was processed
  inFlight,          ///< messages without a final event
  deferredInFlight,  ///< of these, deferred at least once
  // New entries of a suppression list in a window; only for accounts.
  bouncesListGrowth,
  blocksListGrowth,
  invalidEmailsListGrowth,
  spamReportsListGrowth,
  unsubscribesListGrowth,
  // Numbers of an account as a whole, see AccountFacts; only for accounts.
  malformedEvents,  ///< events in a window that came and could not be read
  creditsLeft,      ///< mails that the plan still pays for
  creditsLast,      ///< seconds until they are used up, at the pace of the window
  reputation,       ///< the provider's, from 0 to 100
  reputationFall,   ///< points below the highest reputation in the window
  /// Seconds since when the provider's statistics cannot be true; 0: they can.
  statisticsContradictory,
};

/// Known from the event stream only.
constexpr bool ofEventsOnly(Input input) {
  return input >= Input::latencyMedian && input <= Input::deferredInFlight;
}

/// A number of an account, see AccountFacts.
constexpr bool ofAccountOnly(Input input) { return input >= Input::malformedEvents; }

/// The unit of an input.
enum class Unit : std::uint8_t { share, mails, seconds, entries, events, credits, points };

/// "delivery_rate": the spelling in YAML and labels.
std::string_view name(Input input);
std::optional<Input> inputNamed(std::string_view name);
/// All inputs, for messages such as "did you mean".
std::span<const Input> allInputs();
Unit unit(Input input);

/// True if low values are bad: the three delivery rates. Thresholds of a share are written in the input's own
/// terms ("below 98 %") and kept and compared as shares of bad mail (2 %).
bool lowIsBad(Input input);
/// The suppression list ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes") that an input
/// of unit `entries` is about; empty for all other inputs.
std::string_view listOf(Input input);

/// Only for inputs of unit `share`. Contradictory counts (asynchronous bounces, corrections) are clamped into
/// range. The one place of the formulas of all rates: rules, metrics, page and notifications use it.
BadMail badMail(Input input, const delivery::Counts& counts);
/// Only for inputs of unit `mails` that are counted in windows: the number itself.
std::int64_t numberOf(Input input, const delivery::Counts& counts);
/// The metrics that an input is computed from; none if it is not counted in windows.
delivery::Metrics metricsOf(Input input);
/// A share of bad mail in the input's own terms: 2 % is 0.98 where low values are bad. And back.
double inOwnTerms(Input input, BadShare share);
BadShare badShareOf(Input input, double inOwnTerms);
/// The rate in the input's own terms; nothing if there is no mail.
std::optional<double> rateOf(Input input, const delivery::Counts& counts);

}  // namespace arrivald::rules
