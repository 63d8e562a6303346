// Facts: everything that rules may know, as a read-only interface, implemented by WindowFacts. Nothing behind
// it may change during an evaluation.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"
#include "rules/account_facts.hpp"
#include "rules/dmarc_facts.hpp"
#include "rules/feeds.hpp"
#include "rules/input.hpp"
#include "rules/stream_facts.hpp"

namespace arrivald::rules {

/// Where counts come from.
enum class Basis : std::uint8_t {
  best,  ///< the event stream if there is one and it is alive, else the statistics
  statistics,
  events,
};
/// "best", "statistics", "events".
std::string_view name(Basis basis);
std::optional<Basis> basisNamed(std::string_view name);

/// The mail of one window.
struct Sum {
  delivery::Counts counts;
  /// False if the data does not cover the window (first start, downtime, provider not readable). Such a
  /// window neither fires nor resolves an alert.
  bool known = false;
  Duration covered{0};  ///< how much of the window is covered
  Basis basis = Basis::statistics;
  /// Metrics that the source did not tell at the window's ends: unknown even where the window is known.
  delivery::Metrics unknown = {};
  bool knows(delivery::Metrics metrics) const { return known && !unknown.intersects(metrics); }
};

/// A source of data that is polled or received for an account.
enum class Source : std::uint8_t {
  statistics,
  subuserStatistics,
  categoryStatistics,
  providerStatistics,
  lists,
  events,
};
inline constexpr std::size_t kSourceCount = 6;
/// "statistics", "subuser_statistics", "category_statistics", "mailbox_provider_statistics", "lists",
/// "events".
std::string_view name(Source source);
std::optional<Source> sourceNamed(std::string_view name);
/// Which source a dimension's statistics come from.
Source sourceOf(delivery::Dimension dimension);

/// The state of reading one source.
struct Reading {
  Source source = Source::statistics;
  Duration every{0};  ///< the polling interval; 0 if it is pushed to arrivald
  /// When reading began: the latest of start, reload and resume from suspension. Ages count from here.
  Instant since{};
  std::optional<Instant> lastSuccess;  ///< since then; of events: when the last batch arrived
  Party party = Party::provider;       ///< whose side the last failure was on
  std::string error;  ///< kind of the last failure ("denied", "throttled", …); empty after a success
  /// The last success before `since`, where an alert from before then knows it: decides how bad it is, not
  /// whether it is.
  std::optional<Instant> earlierSuccess = {};
  std::int64_t refused = 0;  ///< of events: batches that came since the last good one and were refused
};

/// How much mail is usual in a stretch of time: a negative binomial distribution, so that a quiet week is
/// usual, too. With probability offChance the day is an unknown holiday, on which much less is usual.
/// Computed by VolumeProfile.
struct Expectation {
  double mean = 0;
  double shape = 0;      ///< k of the negative binomial: smaller means more variance; at most 0 means Poisson
  double offMean = 0;    ///< on a day off
  double offChance = 0;  ///< probability of a day off
  double ofDay = 0;      ///< expectedOnWorkingDay() only: the requests of a whole day
  int weeks = 0;         ///< of history behind it
};

/// What share of bad mail is usual: that of the median day, days weighted by their mail, so that neither one
/// bad day nor a week of small ones becomes usual.
struct Usual {
  BadShare share;
  double error = 0;  ///< standard error of `share`, by the spread of the days and the number of mails
  friend bool operator==(const Usual&, const Usual&) = default;
};

class Facts : public StreamFacts, public ListFacts, public AccountFacts, public DmarcFacts, public Feeds {
 public:
  /// All subjects with numbers, accounts included, in a stable order.
  virtual std::vector<delivery::Subject> subjects() const = 0;

  /// The mail of `subject` in (end − window, end].
  virtual Sum sum(const delivery::Subject& subject, Duration window, Instant end,
                  Basis basis = Basis::best) const = 0;

  /// How many of the failures in a sum() of basis events, over at most a day, are beyond the first `max` of
  /// their recipient domain and minute; nothing if domains are not known.
  virtual std::optional<std::int64_t> failuresBeyond(const delivery::Subject& subject, std::int64_t max,
                                                     Duration window, Instant end) const = 0;

  /// `count` adjoining windows of length `step`, oldest first, the last one ending at `end`. Implementations
  /// override it if one pass is cheaper than many calls of sum().
  virtual std::vector<Sum> series(const delivery::Subject& subject, Duration step, int count, Instant end,
                                  Basis basis = Basis::best) const;

  /// The window that holds the last `outcomes` outcomes before `end`; nothing if there are fewer within
  /// `max`.
  virtual std::optional<Duration> lastOutcomes(const delivery::Subject& subject, std::int64_t outcomes,
                                               Duration max, Instant end) const;

  /// The usual share of bad mail in the `days` days before `until`; nothing before there are kUsualDays days
  /// with mail and enough mail on them. Computed from series(); implementations may cache it.
  virtual std::optional<Usual> usualShare(const delivery::Subject& subject, Input input, int days,
                                          Instant until) const;
  static constexpr int kUsualDays = 5;

  /// Since when numbers of `subject` are known; nothing if unknown.
  virtual std::optional<Instant> knownSince(const delivery::Subject&) const { return std::nullopt; }

  virtual std::vector<Reading> readings(std::string_view account) const = 0;

  /// Expected requests of `subject` in (from, to]; nothing before enough has been learned.
  virtual std::optional<Expectation> expectedRequests(const delivery::Subject& subject, Instant from,
                                                      Instant to) const = 0;

  /// Expected requests in (from, to] of one working day, judged against whole working days: for senders of so
  /// little mail that no hour is telling. Nothing on days off, over midnight, and before it has been learned.
  virtual std::optional<Expectation> expectedOnWorkingDay(const delivery::Subject&, Instant /*from*/,
                                                          Instant /*to*/) const {
    return std::nullopt;
  }
  /// The local midnight before `at`, where the account's people are; nothing if unknown.
  virtual std::optional<Instant> midnight(const delivery::Subject&, Instant /*at*/) const {
    return std::nullopt;
  }

  /// When the statistics of `subject` last moved.
  struct Moved {
    std::optional<Instant> requests, outcomes;
    std::optional<Instant> anything() const { return std::max(requests, outcomes); }
  };
  virtual Moved lastMoved(const delivery::Subject& subject) const {
    return {lastRequest(subject), std::nullopt};
  }

  /// When a request of `subject` was last counted; nothing if never.
  virtual std::optional<Instant> lastRequest(const delivery::Subject& subject) const = 0;

  /// Requests since the last outcome, for senders of so little mail that no window is telling.
  struct Unanswered {
    Instant since;               ///< when an outcome was last counted
    std::int64_t occasions = 0;  ///< reads that counted requests since then: mails of one minute share a fate
    std::int64_t requests = 0;   ///< on these occasions, without drops
    std::int64_t asked = 0;      ///< requests before `since`, as long as numbers are kept, …
    std::int64_t answered = 0;   ///< … and their outcomes
  };
  /// Counts occasions until `until`; nothing if there never was an outcome.
  virtual std::optional<Unanswered> unanswered(const delivery::Subject&, Instant /*until*/) const {
    return std::nullopt;
  }

  /// How long the provider's numbers usually stay unchanged while mail flows: their update interval. Nothing
  /// if unknown.
  virtual std::optional<Duration> updateInterval(const delivery::Subject& subject) const = 0;

  /// How long after the request the outcome of nine in ten mails is counted, learned from the subject's own
  /// mail of the last days; half an hour at least while far more is sent than ever before, or for the first
  /// time. Nothing if unknown.
  virtual std::optional<Duration> outcomeLag(const delivery::Subject& subject) const = 0;
};

}  // namespace arrivald::rules
