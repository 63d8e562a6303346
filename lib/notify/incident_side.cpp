#include "notify/incident_side.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::notify {
namespace {

using incidents::Family;
using incidents::Incident;
using incidents::Kind;
using incidents::Root;

// Fewer replies than this name no side by themselves; a root that names a kind has been judged already.
constexpr std::size_t kEnoughReplies = 5;

rules::BadMail mailsOf(const incidents::Numbers& numbers) {
  return {std::llround(numbers.seen), std::llround(numbers.mails)};
}

bool has(const Root& root, Kind kind) { return std::ranges::find(root.kinds, kind) != root.kinds.end(); }

// The root's own mail by receiver, since it began.
std::vector<BreakdownRow> ownRows(const Incident& incident) {
  std::vector<BreakdownRow> rows;
  for (const auto& part : incident.affected.receivers) {
    const auto mails = mailsOf(part.numbers);
    if (mails.total > 0)
      rows.push_back({delivery::Dimension::domainGroup, part.name, mails.bad, mails.total});
  }
  return rows;
}

// The replies that are of the kind that the root names: what is read of few of them, or read wrongly of some,
// must not contradict the headline.
Causes repliesOf(const Incident& incident, const Causes& seen) {
  const auto named = namedCause(incident.root);
  if (!named) return seen;
  Causes::Count count{.causeClass = *named};
  const auto known = std::ranges::find(seen.counts, *named, &Causes::Count::causeClass);
  if (known != seen.counts.end()) count = *known;
  const auto failed = static_cast<std::size_t>(std::max<std::int64_t>(0, mailsOf(incident.numbers).bad));
  count.replies = std::max({count.replies, failed, kEnoughReplies});
  Causes all = seen;
  if (seen.counts.empty() || seen.counts.front().causeClass != *named) all.domains.clear();
  all.counts = {count};
  all.replies = count.replies;
  return all;
}

// Two causes of the same side are that side's: both call for a change at the sender.
std::optional<Side> sideOfBoth(const Root& root, const Causes& seen) {
  if (root.kinds.size() != 2) return std::nullopt;
  const Causes::Count* most = nullptr;
  for (const auto kind : root.kinds) {
    if (incidents::index(kind) >= incidents::kCauseKinds) return std::nullopt;
    const auto causeClass = static_cast<causes::Class>(kind);
    if (causes::verdictOf(causeClass) != causes::Verdict::senderMustFix) return std::nullopt;
    const auto known = std::ranges::find(seen.counts, causeClass, &Causes::Count::causeClass);
    if (known != seen.counts.end() && (!most || known->replies > most->replies)) most = &*known;
  }
  if (!most || seen.replies == 0) return std::nullopt;
  const double share = static_cast<double>(most->replies) / static_cast<double>(seen.replies);
  return Side{.kind = Side::Kind::cause, .cause = LeadingCause{causeOf(*most), share}};
}

// Whether half of the mail has failed since it began, by two causes of which one is about single addresses:
// no list grows that old at once, so that these replies are rather of one trouble than a matter of the list.
bool isRatherOneCause(const Incident& incident) {
  const auto& kinds = incident.root.kinds;
  const auto since = mailsOf(incident.affected.whole());
  return incident.root.family == Family::shares && kinds.size() == 2 && since.total > 0 &&
         2 * since.bad >= since.total && std::ranges::any_of(kinds, [](Kind kind) {
           return incidents::index(kind) < incidents::kCauseKinds && kind != Kind::unspecified &&
                  isAboutSingleAddresses(static_cast<causes::Class>(kind));
         });
}

}  // namespace

std::optional<causes::Class> namedCause(const Root& root) {
  if (root.family != Family::shares || root.kinds.size() != 1) return std::nullopt;
  const auto kind = root.kinds.front();
  if (incidents::index(kind) >= incidents::kCauseKinds || kind == Kind::unspecified) return std::nullopt;
  return static_cast<causes::Class>(kind);
}

rules::Change changeAbout(const Incident& incident) {
  rules::Change change;
  const bool oneReceiver = incident.root.receivers.size() == 1 && incident.root.categories.empty();
  change.alert.key.subject = {incident.account,
                              oneReceiver ? delivery::Dimension::domainGroup : delivery::Dimension::account,
                              oneReceiver ? incident.root.receivers.front() : std::string()};
  change.reason.since = incident.began;
  const auto mails = mailsOf(incident.numbers);
  if (incident.root.family != Family::waiting)
    change.reason.evidence = rules::RateEvidence{.mails = mails, .window = incident.window};
  else if (incident.stalled)
    change.reason.evidence = rules::StallEvidence{};
  else
    change.reason.evidence = rules::OverdueEvidence{.overdue = mails.bad,
                                                    .processed = mails.total,
                                                    .after = incidents::lateAfter(incidents::Late::overdue),
                                                    .window = incident.window};
  return change;
}

Side sideOf(const Incident& incident, const IncidentContext& context) {
  if (context.alert) return sideOf(*context.alert, context.around);
  const auto change = changeAbout(incident);
  auto around = context.around;
  if (incident.root.family == Family::waiting) {
    around.heldByProvider = has(incident.root, Kind::unanswered) ||
                            (incident.root.kinds.empty() && context.around.heldByProvider);
    return sideOf(change, around);
  }
  around.causes = repliesOf(incident, context.around.causes);
  const bool isAccount = change.alert.key.subject.dimension == delivery::Dimension::account;
  auto rows = isAccount ? ownRows(incident) : std::vector<BreakdownRow>();
  // All mail by receiver tells nothing of a category's, as of a drift, whose mail is not counted by receiver.
  if (rows.empty() && incident.root.categories.empty())
    rows = around.whole ? around.whole->breakdown : around.breakdown;
  around.whole = Whole{std::move(rows), around.causes};
  auto side = sideOf(change, around);
  // It happens at more receivers than the one at which most of it gathers: that one alone is not to blame.
  using Kinds = Side::Kind;
  const bool isOpen = side.kind == Kinds::unclear || side.kind == Kinds::receiver ||
                      side.kind == Kinds::receiverAlone || side.kind == Kinds::receiverFails;
  if (isOpen)
    if (auto both = sideOfBoth(incident.root, context.around.causes)) return *std::move(both);
  const bool atOne =
      side.kind == Kinds::receiverFails || side.kind == Kinds::receiver || side.kind == Kinds::receiverAlone;
  if (atOne && incident.root.receivers.size() > 1) side = Side{.doubtful = side.doubtful};
  if (isOpen && isRatherOneCause(incident)) side.doubtful = true;
  return side;
}

}  // namespace arrivald::notify
