// Evidence: the numbers behind an evaluation, one type per rule kind. They are shown in notifications, stored
// with the alert and printed by explain-alert.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "rules/rule.hpp"
#include "rules/stream_facts.hpp"

namespace arrivald::rules {

struct RateEvidence {
  using Of = RateThreshold;
  Input input = Input::deliveryRate;
  BadMail mails = {};                  ///< in `window`, with ClusterCap applied
  BadShare bound = {};                 ///< the lower confidence bound
  BadShare threshold = {};             ///< of the present severity, or the mildest one if it does not fire
  std::optional<BadShare> usual = {};  ///< of the subject, where the threshold depends on it
  Duration window{0};                  ///< the one that decided
  Basis basis = Basis::statistics;
  std::optional<BadShare> configured = {};  ///< the rule's own threshold, where `threshold` is another
  /// Why it is another: what is usual is not known yet; else because of what is usual.
  bool learning = false;
  friend bool operator==(const RateEvidence&, const RateEvidence&) = default;
};

struct NumberEvidence {
  using Of = Threshold;
  Input input = Input::queue;
  Threshold::Side side = Threshold::Side::above;
  double value = 0;            ///< in the input's unit: mails, seconds or entries
  double limit = 0;            ///< likewise; of the present severity, or the mildest one if it does not fire
  std::int64_t delivered = 0;  ///< of a latency: the number of mails measured
  Duration window{0};
  std::string error = {};  ///< of a data age: kind of the last read error
  Basis basis = Basis::statistics;
  /// Of creditsLeft, where none are: `delivered` counts the mails that the provider took in `window` all the
  /// same; `undelivered`: of which none was delivered. `unproven`: nothing but its own first answer says that
  /// none are left, and whether mail goes is not known.
  bool undelivered = false;
  bool unproven = false;
  /// Whether mail may go although the provider says that no credits are left.
  bool doubted() const {
    return input == Input::creditsLeft && (unproven || (delivered > 0 && !undelivered));
  }
  friend bool operator==(const NumberEvidence&, const NumberEvidence&) = default;
};

struct StallEvidence {
  using Of = Stall;
  std::int64_t requests = 0;  ///< without drops
  std::int64_t outcomes = 0;
  double usualShare = 0;  ///< of requests that have an outcome while all is well
  double chance = 1;      ///< probability of the observation while all is well; fires below alpha
  Duration window{0};
  Duration lag{0};  ///< by which the window of requests is shifted
  Basis basis = Basis::statistics;
  friend bool operator==(const StallEvidence&, const StallEvidence&) = default;
};

/// Of nothing_requested.
struct SilenceEvidence {
  using Of = NothingRequested;
  Duration quiet{0};                    ///< since the last request
  Duration minQuiet{0};                 ///< shorter quiet is not evaluated
  Duration window{0};                   ///< the evaluated part of `quiet`
  std::optional<double> expected = {};  ///< requests that are usual in `window`
  std::optional<double> chance = {};    ///< probability of no request while all is well; fires below alpha
  friend bool operator==(const SilenceEvidence&, const SilenceEvidence&) = default;
};

/// Of nothing_read.
struct ReadingEvidence {
  using Of = NothingRead;
  std::optional<Source> source = {};  ///< the one with the greatest relative age
  Duration age{0};                    ///< since it was last read
  Duration limit{0};
  Party party = Party::provider;          ///< whose side the last failure is on; not stored
  std::optional<Error::Kind> error = {};  ///< of the last failure
  bool everRead = true;     ///< false: it has not been read yet, and `age` counts from when reading began
  std::int64_t others = 0;  ///< sources of the rule that are too old as well
  bool all = false;         ///< there are others, and none of the rule's sources can be read
  bool streamed = false;    ///< the account's event stream tells of its mail meanwhile
  friend bool operator==(const ReadingEvidence&, const ReadingEvidence&) = default;
};

struct StreamSilenceEvidence {
  using Of = StreamSilent;
  Duration quiet{0};  ///< since the last batch
  Duration limit{0};
  std::int64_t outcomes = 0;  ///< in the statistics, within `limit`
  std::string error = {};     ///< why batches are refused; empty if none come
  std::int64_t refused = 0;   ///< how many
  friend bool operator==(const StreamSilenceEvidence&, const StreamSilenceEvidence&) = default;
};

struct OverdueEvidence {
  using Of = Overdue;
  std::int64_t overdue = 0;    ///< of `processed`
  std::int64_t processed = 0;  ///< in `window`, `after` ago
  Duration oldest{0};          ///< age of the oldest message in flight
  Duration after{0};           ///< a message in flight for longer is overdue
  double chance = 1;           ///< probability of the observation while all is well; fires below alpha
  Duration window{0};
  friend bool operator==(const OverdueEvidence&, const OverdueEvidence&) = default;
};

struct DriftEvidence {
  using Of = SlowDrift;
  Input input = Input::deliveryRate;
  BadMail mails = {};       ///< over the drift
  BadShare usual = {};      ///< p₀
  BadShare threshold = {};  ///< p₁
  double score = 0;         ///< S
  Duration window{0};       ///< since the drift began
  friend bool operator==(const DriftEvidence&, const DriftEvidence&) = default;
};

struct BurnEvidence {
  using Of = BurnRate;
  Input input = Input::deliveryRate;
  BadMail mails = {};       ///< in `window`, the long one of the pair
  BadShare bound = {};      ///< the lower confidence bound
  BadShare threshold = {};  ///< the error budget times the pair's factor
  Duration window{0};
  Basis basis = Basis::statistics;
  friend bool operator==(const BurnEvidence&, const BurnEvidence&) = default;
};

struct FirstBlockEvidence {
  using Of = FirstBlock;
  std::int64_t blocks = 0;
  std::int64_t outcomes = 0;
  std::int64_t minMails = 0;  ///< number of blocks from which it fires
  Duration window{0};
  Basis basis = Basis::statistics;
  friend bool operator==(const FirstBlockEvidence&, const FirstBlockEvidence&) = default;
};

struct CauseEvidence {
  using Of = CauseSeen;
  std::int64_t replies = 0;
  std::int64_t minMails = 0;  ///< number of replies from which it fires
  Duration window{0};
  std::vector<std::string> causes = {};  ///< names of the causes that the rule looks for
  friend bool operator==(const CauseEvidence&, const CauseEvidence&) = default;
};

/// Of stream_differs: the counts of processed mail or of outcomes, whichever differ more.
struct DifferenceEvidence {
  using Of = StreamDiffers;
  std::int64_t statistics = 0;
  std::int64_t events = 0;
  double limit = 0;  ///< fires from this share of the larger count
  /// What the stream lacks of the last day; `none`: the counts are of a closed day.
  LackingPart lacking = LackingPart::none;
  std::string zone = {};  ///< "UTC-07:00": where the days begin, of LackingPart::dayBoundary
  /// The difference as a share of the larger count.
  double share() const;
  friend bool operator==(const DifferenceEvidence&, const DifferenceEvidence&) = default;
};

/// Of stream_settings.
struct SettingsEvidence {
  using Of = StreamSettings;
  std::string wrong = {};  ///< "disabled,signature", as StreamFacts spells it; empty: all is well
  friend bool operator==(const SettingsEvidence&, const SettingsEvidence&) = default;
};

/// Of account_suspended.
struct StatusEvidence {
  using Of = AccountSuspended;
  std::string status = {};  ///< "compliance_suspend", …; empty: all is well
  /// Whether it is one of those by which the provider stops an account's mail.
  bool stopped() const;
  friend bool operator==(const StatusEvidence&, const StatusEvidence&) = default;
};

/// Of statistics_still.
struct StandstillEvidence {
  using Of = StatisticsStill;
  Duration quiet{0};                       ///< since the statistics last moved
  Duration limit{0};                       ///< a shorter standstill is not evaluated
  std::optional<std::int64_t> mails = {};  ///< of the event stream meanwhile
  std::optional<double> expected = {};     ///< requests that are usual in `quiet`
  friend bool operator==(const StandstillEvidence&, const StandstillEvidence&) = default;
};

/// Of dmarc.
struct DmarcEvidence {
  using Of = Dmarc;
  DmarcSign sign = DmarcSign::ownMail;
  std::string source = {};            ///< the source, the reporter, or the policy that is about
  std::string before = {};            ///< of policy_changed: the policy until then
  std::string day = {};               ///< "2026-09-22": on which it was so; of a policy, since when
  std::int64_t mails = 0;             ///< that are wrong, or inputs
  std::int64_t total = 0;             ///< of which
  std::int64_t others = 0;            ///< sources or reporters of which the same is so
  double usual = 0;                   ///< a share; of spoofing mails a day
  double limit = 0;                   ///< of a share, or of mails
  Duration quiet{0};                  ///< since the last report
  Duration quietLimit{0};             ///< from which it is too long
  bool passes = false;                ///< of new_source: its mail passes for the domain
  std::optional<Instant> began = {};  ///< of the day, or when the last report came
  friend bool operator==(const DmarcEvidence&, const DmarcEvidence&) = default;
};

/// In the order of Kind. monostate before the first evaluation, or if the stored evidence cannot be read.
using Evidence = std::variant<std::monostate, RateEvidence, NumberEvidence, StallEvidence, SilenceEvidence,
                              ReadingEvidence, StreamSilenceEvidence, OverdueEvidence, DriftEvidence,
                              BurnEvidence, FirstBlockEvidence, CauseEvidence, DifferenceEvidence,
                              SettingsEvidence, StatusEvidence, StandstillEvidence, DmarcEvidence>;

/// kindName() of the rule; empty for no evidence.
std::string_view kindName(const Evidence& evidence);
/// The window that decided; zero where the kind has none.
Duration windowOf(const Evidence& evidence);
/// The share of bad mail; nothing for kinds without one and if there is no mail.
std::optional<BadShare> badShare(const Evidence& evidence);
/// Its lower confidence bound; nothing for kinds that compute none.
std::optional<BadShare> badBound(const Evidence& evidence);
/// Mails that went wrong: failed, have no outcome, are overdue or were blocked. Nothing for kinds that count
/// none.
std::optional<BadMail> badMail(const Evidence& evidence);
/// Orders evidence of the same rule: more is worse; no evidence is the least.
double badness(const Evidence& evidence);

/// A duration as checks and gauges give it.
inline double inSeconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

/// The number that a kind compares, and its limit, in the terms of the YAML: shares from 0 to 1
/// in the input's own terms, mails, entries, seconds.
struct Gauge {
  double value = 0;
  double limit = 0;
  friend bool operator==(const Gauge&, const Gauge&) = default;
};
/// Nothing for kinds that have no number.
std::optional<Gauge> gaugeOf(const Evidence& evidence);

/// A JSON object, with the kind's name under "kind" and durations in milliseconds; "{}" of no evidence.
/// Pinned by a test, since alerts are stored with it.
std::string toJson(const Evidence& evidence);
/// Ignores unknown fields, leaves missing ones at their default, and gives no evidence for an unknown kind.
Evidence evidenceFromJson(std::string_view text);

}  // namespace arrivald::rules
