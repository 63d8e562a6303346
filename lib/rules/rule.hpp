// Rule: a condition to alert on. A plain value, read from the YAML and applied by evaluate().
//
// To add a kind: a struct here, listed in Kind; its evidence in evidence.hpp; an evaluateRule(); its keys in
// config/rules_section.cpp and config/describe.cpp; its texts in notify/kind_words.cpp and both catalogues;
// in feedOf() what it is judged by, unless that is mail. The compiler reports each other missing place, and a
// test the missing texts. The state machine and the store do not change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "delivery/subject.hpp"
#include "rules/facts.hpp"
#include "rules/input.hpp"

namespace arrivald::rules {

enum class Severity : std::uint8_t { info, warning, critical };
/// "info", "warning", "critical".
std::string_view name(Severity severity);
std::optional<Severity> severityNamed(std::string_view name);

/// With the event stream, which knows every failure's recipient domain: at most `failures` of one domain
/// count within a minute, so that one dead domain does not look like an outage.
struct ClusterCap {
  std::int64_t failures = 3;
  friend bool operator==(const ClusterCap&, const ClusterCap&) = default;
};

/// A share of bad mail is significantly above a threshold: the lower Wilson bound of bad/total is above it in
/// any of the windows, unless the shortest window with enough mail shows that it is over. At least one of
/// `warning` and `critical` is set.
struct RateThreshold {
  static constexpr std::string_view kName = "rate_threshold";
  Input input = Input::deliveryRate;  ///< of unit share
  std::vector<Duration> windows{std::chrono::minutes(30)};
  std::optional<BadShare> warning;
  std::optional<BadShare> critical;
  /// The alert can resolve once the share is no worse than this, of enough mail to exclude the share that the
  /// alert saw last (by the upper Wilson bound); default: three quarters of the mildest threshold.
  std::optional<BadShare> recovery;
  /// Raises the warning threshold to this multiple of the subject's usual bad share (the median day of two
  /// weeks, with its uncertainty), but to at most four times the threshold given or one and a half times what
  /// is usual, so that a provider that always refuses 1.5 % does not fire at 2 %. In the first week what has
  /// been seen so far stands in for it; without any, the threshold is three times as high. Unset: never.
  std::optional<double> timesUsual;
  /// Beside the windows, that of the last so many outcomes (at most kLongestOfMails ago) if it is longer than
  /// all of them: for senders of a few mails an hour. 0: none. Its failures have to be improbable at the
  /// threshold as well. Only for shares of outcomes.
  std::int64_t lastMails = 0;
  static constexpr Duration kLongestOfMails = std::chrono::hours(24 * 7);
  std::int64_t minVolume = 20;   ///< mails in the window (the input's total)
  std::int64_t minFailures = 5;  ///< bad mails in the window
  double z = 3.1;  ///< of the Wilson bound; with 3.1 about one of 1,000 evaluations fires by chance
  /// How many bad mails usually have one common reason (a mailing to a stale list). Both counts are divided
  /// by it before the bound is computed. 1 treats failures as independent.
  double clusterSize = 1;
  std::optional<ClusterCap> cap;
  friend bool operator==(const RateThreshold&, const RateThreshold&) = default;
};

/// A number is beyond a limit: volumes, queue estimate, data age, list growth. At least one of
/// `warning` and `critical` is set.
struct Threshold {
  static constexpr std::string_view kName = "threshold";
  enum class Side : std::uint8_t { above, below };
  Input input = Input::queue;  ///< of any unit but share
  Side side = Side::above;
  Duration window = std::chrono::hours(1);  ///< unused by data_age
  std::optional<double> warning;            ///< mails, entries or seconds
  std::optional<double> critical;
  std::optional<double> recovery;  ///< default: the mildest threshold
  friend bool operator==(const Threshold&, const Threshold&) = default;
};

/// Mail is requested but has no outcomes. For each window W: R = requests − drops in [now − lag − W, now −
/// lag], D = outcomes in [now − lag − W, now]; fires when P(X ≤ D | Poisson(usualShare · R), of few mails
/// Binomial(R, usualShare)) < alpha for any W and the last `lag` confirms it with fewer outcomes than half of
/// usualShare · the requests of the same minutes and than half of the hour before. (A mailing that is held up
/// by greylisting for a quarter of an hour is not a stall while other mail gets through.) Also fires when
/// outcomes stop that came steadily, while requests go on and stay without one: then the lag need not pass
/// first. And when, of a
/// sender of few mails, none since the last outcome has had one after twice the lag (half an hour at
/// least), although nearly all did before.
struct Stall {
  static constexpr std::string_view kName = "stall";
  std::vector<Duration> windows{std::chrono::minutes(10), std::chrono::hours(1), std::chrono::hours(6)};
  /// How long after the request the provider usually counts the outcome. Unset: Facts::outcomeLag(), or five
  /// minutes while that is unknown.
  std::optional<Duration> lag;
  double alpha = 1e-5;
  double usualShare = 0.5;  ///< p₀: the share of requests that has an outcome after `lag`, with a margin
  std::int64_t minRequests = 5;
  friend bool operator==(const Stall&, const Stall&) = default;
};

/// No mail is requested although there usually is some: P(0 requests | expected) < alpha over the time since
/// the last request, at most `max_quiet`.
struct NothingRequested {
  static constexpr std::string_view kName = "nothing_requested";
  double alpha = 1e-5;
  /// Where no hour has enough mail to be telling: the chance of so little on a whole working day.
  double alphaOfDay = 1e-3;
  /// A shorter silence never fires, nor does one shorter than three times the update interval of the
  /// provider's numbers.
  Duration minQuiet = std::chrono::minutes(20);
  Duration maxQuiet = std::chrono::hours(12);
  int minWeeks = 2;  ///< of history that the expectation must be based on
  friend bool operator==(const NothingRequested&, const NothingRequested&) = default;
};

/// The provider's statistics do not move at all, although the event stream reports mail, or at a time that
/// usually has mail and without the outcomes that follow a last request. Blames the statistics, not the
/// sender; while it holds, nothing_requested does not fire.
struct StatisticsStill {
  static constexpr std::string_view kName = "statistics_still";
  /// A shorter standstill never fires, nor does one shorter than three times the usual update interval.
  Duration minQuiet = std::chrono::minutes(20);
  std::int64_t minMails = 5;  ///< that the event stream reports meanwhile
  double alpha = 1e-5;        ///< without an event stream: of no request by chance
  friend bool operator==(const StatisticsStill&, const StatisticsStill&) = default;
};

/// A source could not be read for `intervals` times its polling interval.
struct NothingRead {
  static constexpr std::string_view kName = "nothing_read";
  std::vector<Source> sources;  ///< empty: all; the alert names the worst one
  double intervals = 3;
  Duration minAge = std::chrono::minutes(5);       ///< shorter outages never fire
  Duration criticalAfter = std::chrono::hours(1);  ///< the rule's severity until then
  friend bool operator==(const NothingRead&, const NothingRead&) = default;
};

/// No events about mail arrived for `quiet`, and since the last one the statistics counted `minOutcomes` of
/// which none told.
struct StreamSilent {
  static constexpr std::string_view kName = "stream_silent";
  Duration quiet = std::chrono::minutes(15);
  std::int64_t minOutcomes = 10;
  friend bool operator==(const StreamSilent&, const StreamSilent&) = default;
};

/// Accepted mail is not delivered: of the n messages processed in [now − after − window, now − after], u have
/// no final event yet; fires when P(X ≥ u | Binomial(n, p)) < alpha for any window. p is usualShare, or the
/// share that took longer than `after` during the last day if that is larger. Does not fire while a backlog
/// drains, that is while more mail is delivered than processed. While fresh statistics show the outcomes that
/// the stream lacks, nothing is known. It is over only once the mail that it is about has had an outcome, and
/// ends undecided if that never comes. Known from the event stream only.
struct Overdue {
  static constexpr std::string_view kName = "overdue";
  Duration after = std::chrono::minutes(15);  ///< a message in flight for longer is overdue
  std::vector<Duration> windows{std::chrono::minutes(15), std::chrono::hours(1)};
  double usualShare = 0.02;  ///< minimum share that is overdue while all is well
  double alpha = 1e-5;
  std::int64_t minOverdue = 3;
  friend bool operator==(const Overdue&, const Overdue&) = default;
};

/// The first blocks of a subject within `past`, during which it accepted mail. Where the list of blocks is
/// read, of an account or a domain group, its new entries count as blocks too, and there must have been none
/// on it before, however long ago.
struct FirstBlock {
  static constexpr std::string_view kName = "first_block";
  Duration within = std::chrono::hours(1);
  Duration past = std::chrono::hours(24 * 14);
  std::int64_t minBlocks = 3;  ///< within `within`
  /// In `past`. 0: the list of blocks alone tells what was before; without it nothing is judged.
  std::int64_t minDelivered = 200;
  friend bool operator==(const FirstBlock&, const FirstBlock&) = default;
};

/// Receivers' replies have one of these causes: bounces, blocks and deferrals of the event stream, or new
/// entries of the suppression lists, whichever are more, since one mail is often in both. Where the lists
/// show that such replies are usual, it takes more than usual.
struct CauseSeen {
  static constexpr std::string_view kName = "cause_seen";
  std::vector<std::string> causes;  ///< names of classes: "authentication", …; not empty
  Duration window = std::chrono::hours(1);
  std::int64_t minMails = 5;
  friend bool operator==(const CauseSeen&, const CauseSeen&) = default;
};

/// Statistics and event stream disagree about a completed day: one of them lost something or counted it
/// twice.
struct StreamDiffers {
  static constexpr std::string_view kName = "stream_differs";
  double share = 0.01;         ///< of the larger of the two, of processed or of outcomes
  std::int64_t minMails = 20;  ///< mails
  friend bool operator==(const StreamDiffers&, const StreamDiffers&) = default;
};

/// The event webhook's settings at the provider are wrong: disabled, another URL, missing event types or no
/// signature.
struct StreamSettings {
  static constexpr std::string_view kName = "stream_settings";
  friend bool operator==(const StreamSettings&, const StreamSettings&) = default;
};

/// The provider has suspended, deactivated or banned the account; known from the event stream. A status of
/// another type is a warning at most, and mutes nothing.
struct AccountSuspended {
  static constexpr std::string_view kName = "account_suspended";
  friend bool operator==(const AccountSuspended&, const AccountSuspended&) = default;
};

/// A small but lasting rise: Bernoulli CUSUM from the usual bad share p₀ to p₁,
/// S ← max(0, S + bad·ln(p₁/p₀) + good·ln((1−p₁)/(1−p₀))), fires at S ≥ `limit`.
/// Recomputed from the last `span` at each evaluation, so that late data and restarts need no special case.
struct SlowDrift {
  static constexpr std::string_view kName = "slow_drift";
  Input input = Input::deliveryRate;
  Duration span = std::chrono::hours(72);
  Duration step = std::chrono::hours(1);            ///< the resolution in which S is computed
  std::optional<BadShare> usual;                    ///< p₀; unset: learned over `baseline`
  Duration baseline = std::chrono::hours(24 * 14);  ///< before `span`
  BadShare minUsual{0.002};                         ///< p₀ is at least this
  BadShare rise{0.01};                              ///< p₁ = p₀·factor + rise
  double factor = 1.5;
  double limit = 12;  ///< h, chosen by the wanted interval between false alarms
  /// How much one step can add to S at most, as a share of `limit`, so that a short outage or a bad mailing
  /// is not taken for a drift.
  double maxGain = 0.25;
  /// A step whose share of bad mail is surely above this multiple of p₁ is an incident of its own, which
  /// other rules report: it is left out.
  double incident = 2;
  double clusterSize = 1;
  std::int64_t minFailures = 10;
  friend bool operator==(const SlowDrift&, const SlowDrift&) = default;
};

/// The error budget of an objective ("99 % delivered") is spent too fast: the bad shares of a long and a
/// short window are both above factor × budget, that of the long one by its lower Wilson bound.
struct BurnRate {
  static constexpr std::string_view kName = "burn_rate";
  struct Pair {
    Duration longWindow;
    Duration shortWindow;
    double factor;
    Severity severity;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  Input input = Input::deliveryRate;
  BadShare budget{0.01};  ///< the share of bad mail that the objective allows
  std::vector<Pair> pairs{{std::chrono::hours(1), std::chrono::minutes(5), 6, Severity::critical},
                          {std::chrono::hours(6), std::chrono::minutes(30), 3, Severity::critical},
                          {std::chrono::hours(24), std::chrono::hours(2), 1.7, Severity::warning}};
  std::int64_t minFailures = 5;
  double z = 3.1;
  double clusterSize = 1;
  friend bool operator==(const BurnRate&, const BurnRate&) = default;
};

/// DMARC reports show that something is wrong with mail that is sent as a domain; see DmarcSigns. Judged of
/// closed days, about which hardly any report is still to come.
struct Dmarc {
  static constexpr std::string_view kName = "dmarc";
  DmarcSign sign = DmarcSign::ownMail;
  std::int64_t minMails = 20;  ///< that are wrong, on one day
  double z = 3.1;              ///< of the Wilson bound, of shares
  /// Of own_mail and spoofing: this multiple of what is usual.
  double times = 1.5;
  /// Of shares: no less than this is wrong, whatever is usual.
  double minShare = 0.005;
  /// Of reports_stopped and reporter_silent: a shorter silence never fires.
  Duration minQuiet = std::chrono::hours(48);
  friend bool operator==(const Dmarc&, const Dmarc&) = default;
};

using Kind = std::variant<RateThreshold, Threshold, Stall, NothingRequested, NothingRead, StreamSilent,
                          Overdue, SlowDrift, BurnRate, FirstBlock, CauseSeen, StreamDiffers, StreamSettings,
                          AccountSuspended, StatisticsStill, Dmarc>;
/// "rate_threshold", …: the spelling in YAML, stored evidence and texts; the kind's kName.
std::string_view kindName(const Kind& kind);

/// The subjects that a rule applies to. Each matching subject has an alert of its own.
struct Scope {
  std::vector<delivery::Dimension> dimensions{delivery::Dimension::account};
  /// Globs (`*`, `?`) for the names of accounts and subjects; empty: all. An account as a subject has no name
  /// and always matches `names`.
  std::vector<std::string> accounts;
  std::vector<std::string> names;
  std::vector<std::string> exceptNames;
  bool contains(const delivery::Subject& subject) const;
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// While an alert of this rule fires, these others of the same account are not notified. They are still
/// evaluated, and notified once the first is resolved if they still fire.
struct Mute {
  enum class Reach : std::uint8_t {
    subject,    ///< of the same subject
    breakdown,  ///< of an account's alert: its subusers, categories, providers and groups
    account,    ///< of all subjects of the account
  };
  std::vector<std::string> rules{"*"};  ///< globs over rule names
  Reach reach = Reach::breakdown;
  friend bool operator==(const Mute&, const Mute&) = default;
};

struct Rule {
  std::string name;  ///< unique; alerts are kept by it across restarts and reloads
  Kind kind;
  Scope scope;
  Duration holdFor{0};  ///< YAML `for`: how long the condition must hold before the alert fires
  Duration keepFiringFor = std::chrono::minutes(5);  ///< how long it must be over before the alert resolves
  /// With too little mail to decide, the alert resolves after this long; until then nobody is reminded of it.
  Duration quietFor = std::chrono::hours(3);
  /// For kinds that do not determine the severity themselves.
  Severity severity = Severity::warning;
  std::map<std::string, std::string> labels;  ///< for routes
  std::string runbook;                        ///< URL or empty
  std::string description;                    ///< from the configuration; may be empty
  std::vector<Mute> mutes;

  friend bool operator==(const Rule&, const Rule&) = default;
};

/// What the rule is judged by.
Feed feedOf(const Rule& rule);

/// `*` matches any run of characters, `?` any one byte, everything else itself. Takes at most the product of
/// both lengths.
bool globMatches(std::string_view pattern, std::string_view text);

/// Differs if a rule's alerts mean something else (another kind or input), so that their state cannot be kept
/// over a reload. A changed threshold or window makes no difference.
std::string meaning(const Rule& rule);

}  // namespace arrivald::rules
