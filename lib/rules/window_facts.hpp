// WindowFacts: Facts based on the sliding windows, the readings, the event stream and the lists.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "delivery/window.hpp"
#include "rules/alert.hpp"
#include "rules/facts.hpp"
#include "rules/profile.hpp"

namespace arrivald::rules {

/// What is usual, by subject. Learned from the windows about once an hour; owned by the caller.
using Profiles = std::map<delivery::Subject, VolumeProfile>;
/// Learns the subject's profile from the last four weeks of its series.
VolumeProfile learnProfile(const delivery::Series& series, const TimeZone& zone,
                           const std::set<Date>& holidays, Instant now);

/// An account and the state of reading its sources.
struct AccountReadings {
  std::string account;
  std::vector<Reading> readings;
};

/// A cache: the past does not change, and slow rules need the same weeks at every evaluation. Owned by the
/// caller from one evaluation to the next, who empties it when the wall clock is set. Holds one series for
/// each subject and resolution (12 KB for the drift of one subject), and few numbers.
struct Past {
  struct Grain {
    delivery::Subject subject;
    Duration step;
    int count;
    friend auto operator<=>(const Grain&, const Grain&) = default;
  };
  struct Series {
    Instant end;
    std::vector<Sum> sums;
  };
  struct UsualOf {
    delivery::Subject subject;
    Input input;
    int days;
    friend auto operator<=>(const UsualOf&, const UsualOf&) = default;
  };
  struct UsualUntil {
    Instant until;
    std::optional<Usual> usual;
  };
  struct LagOf {
    delivery::Subject subject;
    Basis basis;
    friend auto operator<=>(const LagOf&, const LagOf&) = default;
  };
  /// As of `at`, for an hour.
  struct Lag {
    Instant at;
    std::optional<Duration> lag;
    std::int64_t busiestHour = 0;  ///< outcomes
  };
  std::map<Grain, Series> series;
  /// Latest first, at most kUsualKept, since rules differ in `until`.
  std::map<UsualOf, std::vector<UsualUntil>> usual;
  std::map<LagOf, Lag> lags;
  static constexpr std::size_t kUsualKept = 4;
};

/// Refers to its inputs; lives for one evaluation.
class WindowFacts : public Facts {
 public:
  struct Inputs {
    const delivery::Windows& statistics;
    const Profiles& profiles;
    std::vector<AccountReadings> accounts;
    Instant now{};
    Past* past = nullptr;                       ///< null: nothing is cached
    const delivery::Windows* events = nullptr;  ///< of the event streams; null: there are none
    const StreamFacts* stream = nullptr;        ///< null: there are no event streams
    const ListFacts* lists = nullptr;           ///< null: no list is read
    const AccountFacts* account = nullptr;      ///< null: no such number is known
    const Feeds* feeds = nullptr;               ///< null: everything is watched
    const DmarcFacts* dmarc = nullptr;          ///< null: no DMARC reports are read
    std::span<const Alert> alerts = {};         ///< as the last evaluation left them
  };
  explicit WindowFacts(Inputs inputs);

  bool watched(const delivery::Subject& subject, Feed feed) const override;
  /// Only what is watched. While an account's event stream is alive, its domain groups replace its mailbox
  /// providers, since the stream knows receivers sooner and in more detail. Domain groups with new entries on
  /// the lists are among them without a stream, too. Subjects of active alerts stay.
  std::vector<delivery::Subject> subjects() const override;
  /// Known if the last read is at most three polling intervals (but at least three minutes) before `end`.
  /// Basis::best uses the event stream if it is alive and covers the window. What the stream cannot vouch for
  /// is unknown: windows of one that is not alive, or in which statistics count mail that it did not tell of.
  Sum sum(const delivery::Subject& subject, Duration window, Instant end, Basis basis) const override;
  std::optional<std::int64_t> failuresBeyond(const delivery::Subject& subject, std::int64_t max,
                                             Duration window, Instant end) const override;
  std::optional<std::vector<Excess>> excessFailures(const delivery::Subject& subject,
                                                    std::int64_t max) const override;
  std::vector<Sum> series(const delivery::Subject& subject, Duration step, int count, Instant end,
                          Basis basis) const override;
  std::optional<Duration> lastOutcomes(const delivery::Subject& subject, std::int64_t outcomes, Duration max,
                                       Instant end) const override;
  std::optional<Usual> usualShare(const delivery::Subject& subject, Input input, int days,
                                  Instant until) const override;
  std::optional<Instant> knownSince(const delivery::Subject& subject) const override;
  std::vector<Reading> readings(std::string_view account) const override;
  bool alive(std::string_view account, Instant now) const override;
  bool complete(std::string_view account, Duration window, Instant now) const override;
  std::optional<Lacking> lacking(std::string_view account, Instant now) const override;
  bool caughtUp(std::string_view account, Instant now) const override;
  std::optional<std::int64_t> unheard(std::string_view account, Instant now) const override;
  Duration decidedWithin(std::string_view account, Input input, Duration window, Instant now) const override;
  bool isBorneOut(std::string_view account, Input input, Instant now) const override;
  std::optional<double> accountNumber(std::string_view account, Input input, Duration window,
                                      Instant now) const override;
  std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list, Duration window,
                                         Instant end) const override;
  std::optional<std::int64_t> listedCauses(const delivery::Subject& subject,
                                           const std::vector<std::string>& causes, Duration window,
                                           Instant end) const override;
  std::optional<double> usuallyListed(const delivery::Subject& subject,
                                      const std::vector<std::string>& causes, Duration window,
                                      Instant end) const override;
  std::optional<ListedBlocks> listedBlocks(const delivery::Subject& subject, Duration window,
                                           Instant end) const override;
  std::vector<delivery::Subject> listedGroups(std::string_view account, Duration window,
                                              Instant end) const override;
  Duration statisticsBehind(std::string_view account, Instant now) const override;
  Duration outcomeDelay(std::string_view account) const override;
  std::optional<CameLate> cameLate(std::string_view account) const override;
  std::optional<Waiting> waiting(const delivery::Subject& subject, Duration after, Duration window,
                                 Instant now) const override;
  std::optional<Latency> latency(const delivery::Subject& subject, Duration window,
                                 Instant now) const override;
  std::optional<std::int64_t> causeCount(const delivery::Subject& subject,
                                         const std::vector<std::string>& causes, Duration window,
                                         Instant now) const override;
  std::optional<DayCompared> dayCompared(std::string_view account, Instant now) const override;
  std::optional<SettingsSeen> streamSettings(std::string_view account) const override;
  std::optional<std::string> accountStatus(std::string_view account) const override;
  std::vector<delivery::Subject> sendingDomains() const override;
  const DmarcSigns* dmarcSigns(const delivery::Subject& subject) const override;
  std::optional<Expectation> expectedRequests(const delivery::Subject& subject, Instant from,
                                              Instant to) const override;
  std::optional<Expectation> expectedOnWorkingDay(const delivery::Subject& subject, Instant from,
                                                  Instant to) const override;
  std::optional<Instant> midnight(const delivery::Subject& subject, Instant at) const override;
  Moved lastMoved(const delivery::Subject& subject) const override;
  std::optional<Unanswered> unanswered(const delivery::Subject& subject, Instant until) const override;
  std::optional<Instant> lastRequest(const delivery::Subject& subject) const override;
  std::optional<Duration> updateInterval(const delivery::Subject& subject) const override;
  std::optional<Duration> outcomeLag(const delivery::Subject& subject) const override;

 private:
  const AccountReadings* find(std::string_view account) const;
  bool evaluated(const delivery::Subject& subject) const;
  Duration timing(const delivery::Subject& subject) const;
  /// For minutes: the series of the event stream while it is alive, else that of the statistics.
  const delivery::Series* shortSeries(const delivery::Subject& subject) const;
  Past::Lag lagOf(const delivery::Subject& subject, const delivery::Series& series, Basis basis) const;
  /// For weeks of history: the series of the statistics, or of the event stream if only that has the subject.
  const delivery::Series* longSeries(const delivery::Subject& subject) const;

  bool brings(const std::string& account, Duration window, Instant end) const;

  Inputs in_;
  std::set<std::string, std::less<>> alive_;  // accounts whose stream is alive
};

}  // namespace arrivald::rules
