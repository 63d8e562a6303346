// Input: what a rule can look at, by the name that YAML, metrics and messages use.
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
  deliveryRate,           ///< delivered / (delivered + bounces + blocks): the one for short windows
  deliveryRateByRequest,  ///< delivered / requests: mixes cohorts, so for long windows (a day and more)
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
  // Of the moment.
  queue,    ///< requests − drops − outcomes over the window, not below 0: an estimate of mail in flight
  dataAge,  ///< seconds since the subject's numbers were last read successfully
  // From the event stream.
  latencyMedian,     ///< seconds from processed to delivered, of what was delivered in the window
  latencyP95,        ///< likewise, what 95 % of mail stays below
  latencyP99,        ///< likewise, 99 %
  oldestInFlight,    ///< seconds since the oldest message without a final word was processed
  inFlight,          ///< messages without a final word
  deferredInFlight,  ///< of these, put off at least once
  // New entries of a suppression list in a window; an account's only.
  bouncesListGrowth,
  blocksListGrowth,
  invalidEmailsListGrowth,
  spamReportsListGrowth,
  unsubscribesListGrowth,
};

/// Known from the event stream only.
constexpr bool ofEventsOnly(Input input) {
  return input >= Input::latencyMedian && input <= Input::deferredInFlight;
}

/// What an input's numbers mean.
enum class Unit : std::uint8_t { share, mails, seconds, entries };

/// "delivery_rate": the spelling in YAML and labels.
std::string_view name(Input input);
std::optional<Input> inputNamed(std::string_view name);
/// All inputs, for messages such as "did you mean".
std::span<const Input> allInputs();
Unit unit(Input input);

/// True where a low value is the bad one: the three delivery rates. Thresholds of a share are written in the
/// input's own terms ("below 98 %") and kept and compared as shares of bad mail (2 %).
bool lowIsBad(Input input);
/// The suppression list ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes") that an input
/// of unit `entries` is about; empty for all other inputs.
std::string_view listOf(Input input);

/// Only for inputs of unit `share`. What does not add up (asynchronous bounces, corrections) is clamped into
/// range. The formulas of all rates: rules, metrics, page and messages take theirs from here.
BadMail badMail(Input input, const delivery::Counts& counts);
/// Only for inputs of unit `mails` that are counted in windows: the number itself.
std::int64_t numberOf(Input input, const delivery::Counts& counts);
/// A share of bad mail in the input's own terms: 0.98 of 2 % where low is bad. And back.
double inOwnTerms(Input input, BadShare share);
BadShare badShareOf(Input input, double inOwnTerms);
/// The rate itself, in the input's own terms; nothing of no mail.
std::optional<double> rateOf(Input input, const delivery::Counts& counts);

}  // namespace arrivald::rules
