// Facts: all that rules may know, as a read-only view that the watch implements over ledger, windows and
// readings. Cheap to fake; nothing behind it may change while rules are being evaluated.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"
#include "rules/input.hpp"
#include "rules/stream_facts.hpp"

namespace arrivald::rules {

/// Where counts come from.
enum class Basis : std::uint8_t {
  best,  ///< the event stream where it is there and alive, else statistics
  statistics,
  events,
};
/// "best", "statistics", "events".
std::string_view name(Basis basis);
std::optional<Basis> basisNamed(std::string_view name);

/// The mail of one window.
struct Sum {
  delivery::Counts counts;
  /// False when the data does not cover the window (first start, downtime, provider not readable): such a
  /// window neither fires nor ends anything.
  bool known = false;
  Duration covered{0};  ///< how much of the window is covered
  Basis basis = Basis::statistics;
  /// Failures with ClusterCap applied, where each one's domain is known.
  std::optional<std::int64_t> cappedFailures;
};

/// One thing that is polled or received for an account.
enum class Source : std::uint8_t {
  statistics,
  subuserStatistics,
  categoryStatistics,
  providerStatistics,
  lists,
  events,
  statusPage,
};
inline constexpr std::size_t kSourceCount = 7;
/// "statistics", "subuser_statistics", "category_statistics", "mailbox_provider_statistics", "lists",
/// "events", "status_page".
std::string_view name(Source source);
std::optional<Source> sourceNamed(std::string_view name);
/// Which source a dimension's statistics come from.
Source sourceOf(delivery::Dimension dimension);

/// How reading a source goes.
struct Reading {
  Source source = Source::statistics;
  Duration every{0};  ///< the polling interval; 0 for what is pushed to us
  /// When we began to try: the latest of start, reload and waking up. Silence before says nothing.
  Instant since{};
  std::optional<Instant> lastSuccess;  ///< of events: when the last batch came
  Party party = Party::provider;       ///< whose side the last failure was on
  std::string error;  ///< kind of the last failure ("denied", "throttled", …); empty after a success
};

/// How much mail is usual in a stretch of time: negative binomial, so that a quiet week counts as usual too;
/// with some chance the day is off (a holiday nobody told us of) and much less is usual. VolumeProfile works
/// it out.
struct Expectation {
  double mean = 0;
  double shape = 0;      ///< k of the negative binomial: smaller is wilder; at most 0 means Poisson
  double offMean = 0;    ///< on a day off
  double offChance = 0;  ///< that today is one
  int weeks = 0;         ///< of history behind it
};

class Facts : public StreamFacts, public ListFacts {
 public:
  /// Everything that has numbers, accounts included, in a stable order.
  virtual std::vector<delivery::Subject> subjects() const = 0;

  /// The mail of `subject` in (end − window, end].
  virtual Sum sum(const delivery::Subject& subject, Duration window, Instant end,
                  Basis basis = Basis::best) const = 0;

  /// `count` adjoining windows of length `step`, oldest first, the last of them ending at `end`. Overridden
  /// where one pass over the windows is cheaper than many sums.
  virtual std::vector<Sum> series(const delivery::Subject& subject, Duration step, int count, Instant end,
                                  Basis basis = Basis::best) const;

  /// The usual share of bad mail in the `days` days before `until`: the median day's, days weighted by their
  /// mail, so that neither one bad day nor a week of small ones becomes usual. Nothing before enough mail has
  /// been seen. Worked out from series(); overridden where it is remembered.
  virtual std::optional<BadShare> usualShare(const delivery::Subject& subject, Input input, int days,
                                             Instant until) const;

  virtual std::vector<Reading> readings(std::string_view account) const = 0;

  /// Requests to expect of `subject` in (from, to]; nothing before enough has been learned.
  virtual std::optional<Expectation> expectedRequests(const delivery::Subject& subject, Instant from,
                                                      Instant to) const = 0;

  /// When `subject` last had a request counted; nothing when never.
  virtual std::optional<Instant> lastRequest(const delivery::Subject& subject) const = 0;

  /// How long the provider's numbers usually stand still while mail flows: their lumps. Nothing where
  /// unknown.
  virtual std::optional<Duration> updateInterval(const delivery::Subject& subject) const = 0;

  /// How long after the request the provider usually counts the outcome; nothing before it has been learned.
  virtual std::optional<Duration> outcomeLag(const delivery::Subject& subject) const = 0;
};

}  // namespace arrivald::rules
