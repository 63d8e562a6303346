#include "notify/side.hpp"

#include <algorithm>
#include <variant>

namespace arrivald::notify {
namespace {

// From this share of the failures on, a row of the breakdown is named as the place of the problem.
constexpr double kConcentrated = 0.7;
// Fewer failures are no pattern, neither at one receiver nor everywhere.
constexpr std::int64_t kFewest = 5, kFewestEverywhere = 20;

struct Sum {
  std::int64_t failed = 0, outcomes = 0;
};

Sum sumOf(const std::vector<BreakdownRow>& breakdown) {
  Sum sum;
  for (const auto& row : breakdown) {
    sum.failed += row.failed;
    sum.outcomes += row.outcomes;
  }
  return sum;
}

// At least three receivers, and two in three of those with enough mail, fail at least half as often as all.
bool isEverywhere(const std::vector<BreakdownRow>& breakdown) {
  const auto all = sumOf(breakdown);
  if (all.failed < kFewestEverywhere || gatheringOf(breakdown)) return false;
  std::int64_t judged = 0, alike = 0;
  for (const auto& row : breakdown) {
    if (row.outcomes < kFewestEverywhere) continue;
    ++judged;
    if (2 * row.failed * all.outcomes >= all.failed * row.outcomes) ++alike;
  }
  return alike >= 3 && 3 * alike >= 2 * judged;
}

// The most frequent cause, if there are enough replies to represent the failures.
std::optional<LeadingCause> leadingIn(const Causes& seen, std::int64_t failures) {
  constexpr std::size_t kEnough = 5;
  constexpr double kMost = 0.6;
  if (seen.replies < kEnough || seen.counts.empty() || 2 * static_cast<std::int64_t>(seen.replies) < failures)
    return std::nullopt;
  const auto& first = seen.counts.front();
  const double share = static_cast<double>(first.replies) / static_cast<double>(seen.replies);
  if (share < kMost || first.causeClass == causes::Class::unspecified) return std::nullopt;
  const auto verdict =
      seen.verdict == causes::Verdict::unknown ? causes::verdictOf(first.causeClass) : seen.verdict;
  return LeadingCause{first.causeClass, verdict, share, seen.textKey};
}

Side byCause(LeadingCause cause) { return {Side::Kind::cause, {}, std::move(cause)}; }

bool isReceiver(const delivery::Subject& subject) {
  return subject.dimension == delivery::Dimension::mailboxProvider ||
         subject.dimension == delivery::Dimension::domainGroup;
}

// A part takes the verdict of the whole where the failures do not gather; where they gather at it, the
// replies of the whole are mostly its own.
Side sideOfPart(const rules::Change& change, const Context& context) {
  const auto& name = change.alert.key.subject.name;
  if (context.whole) {
    const auto& rows = context.whole->breakdown;
    const auto gathering = gatheringOf(rows);
    const bool here = gathering && gathering->part.name == name;
    const auto cause = leadingIn(context.whole->causes, sumOf(rows).failed);
    if (cause && (here || isEverywhere(rows))) return byCause(*cause);
    if (isEverywhere(rows)) return {Side::Kind::ours, {}, {}};
    if (here && rows.size() > 1 && othersNormal(rows, name)) return {Side::Kind::receiver, name, {}};
  }
  return {Side::Kind::receiverAlone, name, {}};
}

Side sideOfReceivers(const rules::Change& change, const Context& context) {
  const auto bad = rules::badMail(change.reason.evidence).value_or(rules::BadMail{}).bad;
  if (auto cause = leadingIn(context.causes, bad)) return byCause(*std::move(cause));
  if (isReceiver(change.alert.key.subject)) return sideOfPart(change, context);
  if (const auto gathering = gatheringOf(context.breakdown)) {
    const bool normal = context.breakdown.size() > 1 && othersNormal(context.breakdown, gathering->part.name);
    return {normal ? Side::Kind::receiver : Side::Kind::receiverAlone, gathering->part.name, {}};
  }
  return {isEverywhere(context.breakdown) ? Side::Kind::ours : Side::Kind::unclear, {}, {}};
}

// SendGrid's own reasons: about our request or plan, or, mostly, about addresses on its lists.
Side sideOfDrops(const rules::Change& change, const Context& context) {
  const auto bad = rules::badMail(change.reason.evidence).value_or(rules::BadMail{}).bad;
  auto cause = leadingIn(context.causes, bad);
  if (cause && cause->verdict == causes::Verdict::senderMustFix) return byCause(*std::move(cause));
  return {Side::Kind::recipients, {}, {}};
}

}  // namespace

std::optional<Gathering> gatheringOf(const std::vector<BreakdownRow>& breakdown) {
  const auto failed = sumOf(breakdown).failed;
  const auto worst = std::ranges::max_element(breakdown, {}, &BreakdownRow::failed);
  if (worst == breakdown.end() || failed < kFewest) return std::nullopt;
  const double share = static_cast<double>(worst->failed) / static_cast<double>(failed);
  if (share < kConcentrated) return std::nullopt;
  return Gathering{*worst, share};
}

namespace {

// Whose side it is that something cannot be read; of a time-out and of a page of HTML nobody knows.
Side::Kind sideOfReading(const rules::ReadingEvidence& evidence) {
  using Error = Error::Kind;
  if (!evidence.error) return Side::Kind::watch;
  switch (*evidence.error) {
    case Error::serverError:
      return Side::Kind::api;
    case Error::unauthorized:
    case Error::forbidden:
    case Error::notFound:
    case Error::badRequest:
      return Side::Kind::key;
    case Error::unreachable:
    case Error::tls:
      return Side::Kind::way;
    case Error::storage:
    case Error::diskFull:
    case Error::readOnly:
    case Error::ioError:
    case Error::damaged:
    case Error::locked:
      return Side::Kind::host;
    default:
      return Side::Kind::watch;
  }
}

}  // namespace

Side sideOf(const rules::Change& change, const Context& context) {
  const auto simple = [](Side::Kind kind) { return Side{kind, {}, {}}; };
  const bool troubled = context.statusPage && context.statusPage->troubled;
  switch (traitsOf(change.reason.evidence).concern) {
    case Concern::watch: {
      const auto* reading = std::get_if<rules::ReadingEvidence>(&change.reason.evidence);
      return simple(reading ? sideOfReading(*reading) : Side::Kind::watch);
    }
    case Concern::application:
      return simple(Side::Kind::application);
    case Concern::plan:
      return simple(Side::Kind::plan);
    case Concern::reputation:
      return simple(Side::Kind::reputation);
    case Concern::complaints:
      return simple(Side::Kind::complaints);
    case Concern::account:
      return simple(Side::Kind::account);
    case Concern::recipients:
      return sideOfDrops(change, context);
    case Concern::provider:
      return simple(troubled ? Side::Kind::providerSays : Side::Kind::provider);
    case Concern::receivers:
      break;
  }
  if (troubled) return simple(Side::Kind::providerSays);
  // Replies explain failures, but not mail that was not tried yet.
  if (context.heldByProvider) return simple(Side::Kind::providerHolds);
  return sideOfReceivers(change, context);
}

}  // namespace arrivald::notify
