// Context: what is known around a change, and which of it its notification carries. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time_zone.hpp"
#include "notify/kind_traits.hpp"
#include "notify/mail_view.hpp"
#include "notify/recovering.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::notify {

/// What one part of the account did in the window that decided.
struct BreakdownRow {
  delivery::Dimension dimension = delivery::Dimension::mailboxProvider;
  std::string name;
  std::int64_t failed = 0;                    ///< of the kind of mail that the alert is about, such as drops
  std::int64_t outcomes = 0;                  ///< of which `failed` is a part
  rules::BadMail since = {};                  ///< since the trouble began; no mail where that is not known
  std::optional<rules::BadMail> latest = {};  ///< of the latter half of it; nothing in its first ten minutes
  std::optional<rules::BadMail> before = {};  ///< of the day before it began; nothing where it is not known
  friend bool operator==(const BreakdownRow&, const BreakdownRow&) = default;
};

/// What a notification says of the provider's status page.
struct StatusSaid {
  std::string description;
  std::string incident;  ///< the first that concerns mail, else the first; empty if none
  bool troubled = false;
  Duration age{};
};

/// The account that the subject is a part of, in the same window; of an alert about an account whose
/// breakdown is not shown, the account itself.
struct Whole {
  std::vector<BreakdownRow> breakdown;
  Causes causes;
};

/// What is known around a change.
struct Context {
  TimeZone zone;
  Instant now{};
  std::vector<BreakdownRow> breakdown;       ///< of the account, in the window that decided
  std::optional<Whole> whole;                ///< of all alerts whose `breakdown` is empty
  std::vector<std::optional<double>> trend;  ///< by bucket, oldest first: see KindTraits::trend
  Duration bucket = std::chrono::hours(1);   ///< of the trend
  Causes causes;  ///< of the subject's mail that made the rule fire, in the window that decided
  std::optional<Loss> loss = {};
  /// Of mail that is late: most of it has had no answer from a receiver yet.
  bool heldByProvider = false;
  std::optional<Date> creditsRenewed = {};  ///< of an alert about credits, where the provider says it
  std::optional<StatusSaid> statusPage;
  /// Only the side, the cause and the next step are shown, so that a step refers to nothing else below.
  bool brief = false;
  bool streamed = true;                       ///< single mails are known, by the event stream
  std::optional<Recovering> recovering = {};  ///< the alert's condition does not hold at present
  std::string dashboard;
  std::string page;
  std::string statusPageUrl;
  std::string runbook;
};

/// URLs, each empty if there is none.
struct Links {
  std::string dashboard;
  std::string page;
  std::string statusPage;
  std::string runbooks;  ///< a rule without a runbook of its own has it at this, "/" and its name
};

/// Whether no receiver other than `but` fails for more than one mail in twenty, beyond single ones.
bool othersNormal(const std::vector<BreakdownRow>& breakdown, std::string_view but);

inline constexpr std::size_t kTrendBuckets = 24;
/// How long each of the 24 buckets of a trend is: five minutes while a subject is known for less than six
/// hours, then a quarter of an hour, and an hour once it is known for a day.
Duration trendBucket(Duration knownFor);

/// `rule` is the one that the change is of, null if it no longer exists.
Context contextOf(const rules::Change& change, const rules::Rule* rule, const Links& links,
                  const TimeZone& zone, const MailView& mail, Instant now);

}  // namespace arrivald::notify
