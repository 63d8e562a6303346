// Rule: what somebody wants to be told of. A plain value that the YAML describes and evaluate() applies.
//
// A further kind is a struct here and in Kind, its evidence in evidence.hpp, an evaluateRule(), its lines in
// config/rules_section.cpp and config/describe.cpp, its words in notify/kind_words.cpp and both catalogues.
// The compiler names every one of these places that is missing, a test the texts; the state machine and the
// store need no change.
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

/// From the event stream, where every failure's recipient domain is known: at most `failures` of one domain
/// count within one minute, so that one dead domain is one cause and not an outage.
struct ClusterCap {
  std::int64_t failures = 3;
  friend bool operator==(const ClusterCap&, const ClusterCap&) = default;
};

/// A share of bad mail is above a threshold beyond chance: the lower Wilson bound of bad/total is above it in
/// any of the windows, unless the shortest window with enough mail says that it is over. At least one of
/// `warning` and `critical` is set.
struct RateThreshold {
  static constexpr std::string_view kName = "rate_threshold";
  Input input = Input::deliveryRate;  ///< of unit share
  std::vector<Duration> windows{std::chrono::minutes(30)};
  std::optional<BadShare> warning;
  std::optional<BadShare> critical;
  /// The alert may end once the share is no worse than this; default: three quarters of the mildest
  /// threshold.
  std::optional<BadShare> recovery;
  /// Where a subject's usual bad share (the median day of two weeks) times this is above the warning
  /// threshold, that is the threshold instead, up to three times the one given: a provider that always
  /// refuses 1.5 % is no news at 2 %. Unset: never.
  std::optional<double> timesUsual;
  std::int64_t minimumVolume = 20;   ///< mails in the window (the input's total)
  std::int64_t minimumFailures = 5;  ///< bad mails in the window
  double z = 3.1;                    ///< of the Wilson bound; 3.1 errs about once in 1,000 looks
  /// How many bad mails usually come together (one mailing to a stale list); both counts are divided by it
  /// before the bound is taken. 1 takes failures as independent.
  double clusterSize = 1;
  std::optional<ClusterCap> cap;
  friend bool operator==(const RateThreshold&, const RateThreshold&) = default;
};

/// A plain number is beyond a limit: volumes, queue estimate, data age, list growth. At least one of
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

/// Requests flow, outcomes do not. For each window W: R = requests − drops in [now − lag − W, now − lag],
/// D = outcomes in [now − lag − W, now]; fires when P(X ≤ D | Poisson(usualShare · R)) < alpha for any W, and
/// what came during the last `lag` agrees: fewer outcomes than half of usualShare · the requests of the same
/// minutes. (A mailing that greylisting holds up for a quarter of an hour is no stall while other mail gets
/// through.)
struct Stall {
  static constexpr std::string_view kName = "stall";
  std::vector<Duration> windows{std::chrono::minutes(10), std::chrono::hours(1), std::chrono::hours(6)};
  /// How much later than the request the provider usually counts the outcome. Unset: what the facts estimate,
  /// or 5 minutes where they cannot say.
  std::optional<Duration> lag;
  double alpha = 1e-5;
  double usualShare = 0.5;  ///< p₀: the share of requests that has an outcome after `lag`, with room to spare
  std::int64_t minimumRequests = 5;
  friend bool operator==(const Stall&, const Stall&) = default;
};

/// Nothing was requested although mail usually is: P(0 requests | expected) < alpha over the time since the
/// last request, at most `longest`.
struct NothingRequested {
  static constexpr std::string_view kName = "nothing_requested";
  double alpha = 1e-5;
  /// Shorter quiet is never judged; nor is quiet of less than three times the span in which the provider's
  /// numbers usually move.
  Duration shortest = std::chrono::minutes(20);
  Duration longest = std::chrono::hours(12);
  int minimumWeeks = 2;  ///< the expectation must rest on as many weeks of history
  friend bool operator==(const NothingRequested&, const NothingRequested&) = default;
};

/// A source could not be read for `intervals` times its polling interval.
struct NothingRead {
  static constexpr std::string_view kName = "nothing_read";
  std::vector<Source> sources;  ///< empty: all; of several in trouble the alert names the worst
  double intervals = 3;
  Duration atLeast = std::chrono::minutes(5);      ///< shorter outages are not worth a word
  Duration criticalAfter = std::chrono::hours(1);  ///< the rule's severity until then
  friend bool operator==(const NothingRead&, const NothingRead&) = default;
};

/// The event stream has brought nothing for `quiet` while the statistics rose by `minimumOutcomes`.
struct StreamSilent {
  static constexpr std::string_view kName = "stream_silent";
  Duration quiet = std::chrono::minutes(15);
  std::int64_t minimumOutcomes = 20;
  friend bool operator==(const StreamSilent&, const StreamSilent&) = default;
};

/// Mail handed over does not arrive: of the n messages processed in [now − after − window, now − after], u
/// have no final event yet; fires when P(X ≥ u | Binomial(n, p)) < alpha for any window. p is usualShare, or
/// the share that took longer than `after` during the last day where that is more. What waits while more
/// comes out than goes in is on its way again, and is not told anew. Known from the event stream only.
struct Overdue {
  static constexpr std::string_view kName = "overdue";
  Duration after = std::chrono::minutes(15);  ///< on its way for longer, a message is overdue
  std::vector<Duration> windows{std::chrono::minutes(15), std::chrono::hours(1)};
  double usualShare = 0.02;  ///< of messages that are overdue while all is well, at least
  double alpha = 1e-5;
  std::int64_t minimumOverdue = 3;
  friend bool operator==(const Overdue&, const Overdue&) = default;
};

/// Somebody blocks us who never did: the first blocks of a subject within `past`, in which it took mail.
struct FirstBlock {
  static constexpr std::string_view kName = "first_block";
  Duration within = std::chrono::hours(1);
  Duration past = std::chrono::hours(24 * 14);
  std::int64_t minimumBlocks = 3;       ///< within `within`
  std::int64_t minimumDelivered = 200;  ///< in `past`
  friend bool operator==(const FirstBlock&, const FirstBlock&) = default;
};

/// Replies of receivers (bounces, blocks and deferrals of the event stream) whose cause is one of these.
struct CauseSeen {
  static constexpr std::string_view kName = "cause_seen";
  std::vector<std::string> causes;  ///< names of classes: "reputation", …; not empty
  Duration window = std::chrono::hours(1);
  std::int64_t minimum = 5;
  friend bool operator==(const CauseSeen&, const CauseSeen&) = default;
};

/// Of a closed day statistics and event stream tell different numbers: one of the two lost something, or told
/// it twice.
struct StreamDiffers {
  static constexpr std::string_view kName = "stream_differs";
  double share = 0.01;        ///< of the larger of the two, of processed or of outcomes
  std::int64_t minimum = 20;  ///< mails
  friend bool operator==(const StreamDiffers&, const StreamDiffers&) = default;
};

/// The stream's settings at the provider are not what they should be: switched off, another URL, event types
/// or the signature missing.
struct StreamSettings {
  static constexpr std::string_view kName = "stream_settings";
  friend bool operator==(const StreamSettings&, const StreamSettings&) = default;
};

/// The provider has suspended, deactivated or banned the account, as its event stream told.
struct AccountSuspended {
  static constexpr std::string_view kName = "account_suspended";
  friend bool operator==(const AccountSuspended&, const AccountSuspended&) = default;
};

/// A small rise that lasts: Bernoulli CUSUM from the usual bad share p₀ to p₁,
/// S ← max(0, S + bad·ln(p₁/p₀) + good·ln((1−p₁)/(1−p₀))), fires at S ≥ `limit`.
/// Worked out anew from the last `span` at each look, so that late data and restarts need no care.
struct SlowDrift {
  static constexpr std::string_view kName = "slow_drift";
  Input input = Input::deliveryRate;
  Duration span = std::chrono::hours(72);
  Duration step = std::chrono::hours(1);            ///< the grain in which S is worked out
  std::optional<BadShare> usual;                    ///< p₀; unset: learned over `baseline`
  Duration baseline = std::chrono::hours(24 * 14);  ///< before `span`
  BadShare smallest{0.002};                         ///< p₀ is at least this
  BadShare rise{0.01};                              ///< p₁ = p₀·factor + rise
  double factor = 1.5;
  double limit = 12;  ///< h, from the wanted interval between false alarms
  /// The most that one step may add to S, as a part of `limit`: a short outage or a bad mailing is not a
  /// drift.
  double maxGain = 0.25;
  double clusterSize = 1;
  std::int64_t minimumFailures = 10;
  friend bool operator==(const SlowDrift&, const SlowDrift&) = default;
};

/// What an objective ("99 % delivered") leaves is being used up too quickly: the bad share of a long and a
/// short window are both above factor × budget, the long one by its lower Wilson bound.
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
  BadShare budget{0.01};  ///< the bad mail that the objective leaves
  std::vector<Pair> pairs{{std::chrono::hours(1), std::chrono::minutes(5), 6, Severity::critical},
                          {std::chrono::hours(6), std::chrono::minutes(30), 3, Severity::critical},
                          {std::chrono::hours(24), std::chrono::hours(2), 1.7, Severity::warning}};
  std::int64_t minimumFailures = 5;
  double z = 3.1;
  double clusterSize = 1;
  friend bool operator==(const BurnRate&, const BurnRate&) = default;
};

using Kind =
    std::variant<RateThreshold, Threshold, Stall, NothingRequested, NothingRead, StreamSilent, Overdue,
                 SlowDrift, BurnRate, FirstBlock, CauseSeen, StreamDiffers, StreamSettings, AccountSuspended>;
/// "rate_threshold", …: the spelling in YAML, stored evidence and texts; the kind's kName.
std::string_view kindName(const Kind& kind);
/// The longest stretch of the past that the kind looks at: what the windows must keep.
Duration horizon(const Kind& kind);

/// Whose mail a rule is about. One alert for each subject that matches.
struct Scope {
  std::vector<delivery::Dimension> dimensions{delivery::Dimension::account};
  /// Globs (`*`, `?`) over the account's and the subject's name; empty: all. An account itself has no name
  /// and always matches `names`.
  std::vector<std::string> accounts;
  std::vector<std::string> names;
  std::vector<std::string> exceptNames;
  bool contains(const delivery::Subject& subject) const;
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// While an alert of this rule fires, these others of the same account are not told (they go on being judged,
/// and are told once the first has ended, if they still fire).
struct Mute {
  enum class Reach : std::uint8_t {
    subject,    ///< of the very same subject
    breakdown,  ///< from an alert about the account: of its subusers, categories, providers and groups
    account,    ///< of everything in the account
  };
  std::vector<std::string> rules{"*"};  ///< globs over rule names
  Reach reach = Reach::breakdown;
  friend bool operator==(const Mute&, const Mute&) = default;
};

struct Rule {
  std::string name;  ///< unique; alerts are kept by it across restarts and reloads
  Kind kind;
  Scope scope;
  Duration holdFor{0};  ///< YAML `for`: the condition has to hold this long before the alert fires
  Duration keepFiringFor = std::chrono::minutes(5);  ///< and has to be gone this long before it ends
  /// With too little mail to tell good from bad, the alert ends after this long. Below the first reminder.
  Duration quietFor = std::chrono::hours(3);
  /// Of kinds that do not tell warning from critical themselves.
  Severity severity = Severity::warning;
  std::map<std::string, std::string> labels;  ///< for routes
  std::string runbook;                        ///< URL or empty
  std::string description;                    ///< the owner's own words, or empty
  std::vector<Mute> mutes;

  friend bool operator==(const Rule&, const Rule&) = default;
};

/// `*` any run of characters, `?` any one byte; everything else itself. Linear in practice, never
/// exponential.
bool globMatches(std::string_view pattern, std::string_view text);

/// Changes when a rule's alerts would mean something else (another kind or input), so that their state cannot
/// be carried over a reload; a changed threshold or window is not such a change.
std::string meaning(const Rule& rule);

}  // namespace arrivald::rules
