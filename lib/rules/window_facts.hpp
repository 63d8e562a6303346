// WindowFacts: the facts as the sliding windows, the readings and the lists give them.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "delivery/window.hpp"
#include "rules/facts.hpp"
#include "rules/profile.hpp"

namespace arrivald::rules {

/// What is usual, by subject: worked out from the windows now and then (once an hour will do), kept by the
/// caller.
using Profiles = std::map<delivery::Subject, VolumeProfile>;
/// Learns the subject's profile from the last four weeks of its series.
VolumeProfile learnProfile(const delivery::Series& series, const TimeZone& zone,
                           const std::set<Date>& holidays, Instant now);

/// What the windows cannot know of an account.
struct AccountFacts {
  std::string name;
  std::vector<Reading> readings;
  /// New entries of the list in (end − window, end]; may be empty.
  std::function<std::optional<std::int64_t>(std::string_view list, Duration window, Instant end)> listGrowth;
  /// As Facts::waiting(); may be empty.
  std::function<std::optional<Facts::Waiting>(const delivery::Subject&, Duration after, Duration window,
                                              Instant now)>
      waiting = {};
  std::function<std::optional<Facts::Latency>(const delivery::Subject&, Duration window, Instant now)>
      latency = {};
  std::function<std::optional<std::int64_t>(const delivery::Subject&, const std::vector<std::string>& causes,
                                            Duration window, Instant now)>
      causeCount = {};
  std::function<std::optional<Facts::DayCompared>(Instant now)> dayCompared = {};
  std::optional<Facts::SettingsSeen> streamSettings = {};
  std::optional<std::string> accountStatus = {};
  /// The event stream tells all that happens: its windows take over from the statistics'.
  bool streamAlive = false;
  /// False for a subject that is not to be judged now; may be empty.
  std::function<bool(const delivery::Subject&)> evaluated = {};
};

/// What has been asked for before: the past does not change, and slow rules ask for the same weeks every
/// minute. Kept by the caller from one evaluation to the next; to be emptied when the wall clock is set.
/// Holds one series a subject and grain (12 KB for the drift of one subject), and few numbers.
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
  struct Usual {
    delivery::Subject subject;
    Input input;
    int days;
    friend auto operator<=>(const Usual&, const Usual&) = default;
  };
  struct Share {
    Instant until;
    std::optional<double> value;
  };
  std::map<Grain, Series> series;
  std::map<Usual, std::vector<Share>> usual;  ///< latest first, at most kShares: rules differ in `until`
  static constexpr std::size_t kShares = 4;
};

/// Refers to what it is given: lives for one evaluation.
class WindowFacts : public Facts {
 public:
  /// Without `past` everything is worked out anew.
  WindowFacts(const delivery::Windows& windows, const Profiles& profiles, std::vector<AccountFacts> accounts,
              Past* past = nullptr, const delivery::Windows* streamed = nullptr);

  std::vector<delivery::Subject> subjects() const override;
  /// Known while the last read is at most three polling intervals (at least three minutes) before `end`. Best
  /// is the stream's where it is alive and covers the window.
  Sum sum(const delivery::Subject& subject, Duration window, Instant end, Basis basis) const override;
  std::vector<Sum> series(const delivery::Subject& subject, Duration step, int count, Instant end,
                          Basis basis) const override;
  std::optional<double> usualShare(const delivery::Subject& subject, Input input, int days,
                                   Instant until) const override;
  std::vector<Reading> readings(std::string_view account) const override;
  std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list, Duration window,
                                         Instant end) const override;
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
  std::optional<Expectation> expectedRequests(const delivery::Subject& subject, Instant from,
                                              Instant to) const override;
  std::optional<Instant> lastRequest(const delivery::Subject& subject) const override;
  std::optional<Duration> updateInterval(const delivery::Subject& subject) const override;
  std::optional<Duration> outcomeLag(const delivery::Subject& subject) const override;

 private:
  const AccountFacts* find(std::string_view account) const;
  Duration timing(const delivery::Subject& subject) const;
  /// Where weeks are asked for, and shape rather than haste: the statistics, or what only the stream knows.
  const delivery::Series* longSeries(const delivery::Subject& subject) const;

  const delivery::Windows& windows_;
  const Profiles& profiles_;
  std::vector<AccountFacts> accounts_;
  Past* past_;
  const delivery::Windows* streamed_;
};

}  // namespace arrivald::rules
