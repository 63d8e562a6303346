#include "notify/side.hpp"

#include <algorithm>
#include <variant>

#include "rules/probability.hpp"

namespace arrivald::notify {
namespace {

using delivery::Dimension;
using rules::BadMail;

// From this share of the failures on, a row of the breakdown is named as the place of the problem.
constexpr double kConcentrated = 0.7;
// Fewer failures are no pattern, neither at one receiver nor everywhere.
constexpr std::int64_t kFewest = 5, kFewestEverywhere = 20;
// From so many mails on, and above this part of the present share, the mail before the trouble tells what is
// usual.
constexpr std::int64_t kFewestBefore = 10;
constexpr double kFarBelow = 0.2;
// One-sided, 95 %: a share that chance moves across a half in the next minute names no side.
constexpr double kSure = 1.645;

BadMail sumOf(const std::vector<BreakdownRow>& breakdown) {
  BadMail sum;
  for (const auto& row : breakdown) sum += {row.failed, row.outcomes};
  return sum;
}

bool isMost(std::int64_t part, std::int64_t all) {
  return all >= kFewest &&
         rules::wilsonLower(static_cast<double>(part), static_cast<double>(all), kSure) > 0.5;
}

// Replies that represent the failures.
bool areEnough(const Causes& seen, std::int64_t failures) {
  const auto replies = static_cast<std::int64_t>(seen.replies);
  return replies >= kFewest && !seen.counts.empty() && 2 * replies >= failures;
}

// The cause of a clear majority of the replies, if they are enough.
std::optional<LeadingCause> leadingIn(const Causes& seen, std::int64_t failures) {
  if (!areEnough(seen, failures)) return std::nullopt;
  const auto& first = seen.counts.front();
  if (causeOf(first).verdict == causes::Verdict::unknown ||
      !isMost(static_cast<std::int64_t>(first.replies), static_cast<std::int64_t>(seen.replies)))
    return std::nullopt;
  return LeadingCause{causeOf(first), static_cast<double>(first.replies) / static_cast<double>(seen.replies)};
}

// Whether the replies show that most of the mail was not refused because of us.
bool blameOthers(const Causes& seen, std::int64_t failures) {
  if (!areEnough(seen, failures)) return false;
  std::int64_t others = 0;
  for (const auto& one : seen.counts)
    if (const auto verdict = causeOf(one).verdict;
        verdict != causes::Verdict::unknown && verdict != causes::Verdict::senderMustFix)
      others += static_cast<std::int64_t>(one.replies);
  return isMost(others, static_cast<std::int64_t>(seen.replies));
}

// How much of the mail fails since the trouble began.
enum class Extent : std::uint8_t {
  part,       // most still arrives, or has never arrived
  nearlyAll,  // at least half of what nearly all arrived until then
  unknown,
};

bool mostArrives(BadMail mails) { return isMost(mails.total - mails.bad, mails.total); }
bool halfFails(BadMail mails) { return mails.total >= kFewest && 2 * mails.bad >= mails.total; }

// At first what arrived until the trouble began hides how bad it is, and its beginning may be estimated
// early.
Extent extentOf(BadMail since, const std::optional<BadMail>& latest, const std::optional<BadMail>& before) {
  const auto late = latest.value_or(BadMail{});
  if (halfFails(since) || halfFails(late)) {
    if (!before || before->total < kFewestBefore) return Extent::unknown;
    const auto now = halfFails(late) ? late : since;
    const bool usual = before->share()->value() > kFarBelow * now.share()->value();
    return usual ? Extent::part : Extent::nearlyAll;
  }
  const bool isPart = latest && mostArrives(since) && (late.total < kFewest || mostArrives(late));
  return isPart ? Extent::part : Extent::unknown;
}

// Of mail whose beginning is not known.
Extent extentOf(BadMail mails) { return mostArrives(mails) ? Extent::part : Extent::unknown; }

BadMail sinceOf(const BreakdownRow& row) {
  return row.since.total > 0 ? row.since : BadMail{row.failed, row.outcomes};
}

Extent extentOf(const std::vector<BreakdownRow>& rows) {
  BadMail since, latest, before;
  for (const auto& row : rows) {
    since += row.since;
    latest += row.latest.value_or(BadMail{});
    before += row.before.value_or(BadMail{});
  }
  if (since.total == 0) return extentOf(sumOf(rows));
  const bool isKnown = std::ranges::any_of(rows, [](const auto& row) { return row.latest.has_value(); });
  return extentOf(since, isKnown ? std::optional(latest) : std::nullopt, before);
}

// At least three receivers, and two in three of those with enough mail, fail at least half as often as all.
bool isEverywhere(const std::vector<BreakdownRow>& breakdown) {
  const auto all = sumOf(breakdown);
  if (all.bad < kFewestEverywhere || gatheringOf(breakdown)) return false;
  std::int64_t judged = 0, alike = 0;
  for (const auto& row : breakdown) {
    if (row.outcomes < kFewestEverywhere) continue;
    ++judged;
    if (2 * row.failed * all.total >= all.bad * row.outcomes) ++alike;
  }
  return alike >= 3 && 3 * alike >= 2 * judged;
}

// Also since the trouble began, and of enough mail to tell.
bool othersAsUsual(const std::vector<BreakdownRow>& rows, const std::string& but) {
  auto since = rows;
  BadMail others;
  for (auto& row : since) {
    const auto mails = sinceOf(row);
    row.failed = mails.bad;
    row.outcomes = mails.total;
    if (row.name != but) others += mails;
  }
  return others.total >= kFewestEverywhere && 10 * others.bad <= others.total && othersNormal(rows, but) &&
         othersNormal(since, but);
}

bool isPutOff(const rules::Change& change) {
  return traitsOf(change.reason.evidence).replies == MailView::Replies::deferred;
}

// What is known of the mail that failed.
struct Failures {
  const std::vector<BreakdownRow>& rows;  // of the account
  const Causes& causes;
  std::int64_t failed = 0;
  Extent extent = Extent::unknown;
};

bool areAboutSingleAddresses(const Causes& seen) {
  return !seen.counts.empty() && isAboutSingleAddresses(seen.counts.front().causeClass);
}

// So many that people may act on them: which of two causes is a little commoner changes from minute to
// minute.
bool areManyAboutSingleAddresses(const Causes& seen) {
  std::size_t its = 0;
  for (const auto& one : seen.counts)
    if (isAboutSingleAddresses(one.causeClass)) its += one.replies;
  return its > 0 && 3 * its >= seen.replies;
}

// Whether mail to the receiver failed about as much before the trouble began.
bool failsAsBefore(const Failures& of, const std::string& place) {
  const auto row = std::ranges::find(of.rows, place, &BreakdownRow::name);
  if (row == of.rows.end() || !row->before || row->before->total < kFewestBefore) return false;
  const auto now = sinceOf(*row).share();
  return now && row->before->share()->value() > kFarBelow * now->value();
}

// Whether the refused addresses took mail before less than half as often as others at the same receivers.
// Without these nothing would follow: who gets a mail a year took none in what is stored.
bool tookNoneBefore(const EarlierMail& earlier) {
  const auto& [refused, others, within] = earlier;
  if (refused.looked < kFewestEverywhere || others.looked < kFewestEverywhere) return false;
  const double usual = static_cast<double>(others.accepted) / static_cast<double>(others.looked);
  const double atMost = 1 - rules::wilsonLower(static_cast<double>(refused.looked - refused.accepted),
                                               static_cast<double>(refused.looked), kSure);
  return atMost < usual / 2;
}

// Whether that may turn out when more are looked up.
bool mayBeOld(const EarlierMail& earlier) {
  const auto& [refused, others, within] = earlier;
  return refused.looked > 0 && 2 * refused.accepted <= refused.looked && 5 * others.accepted > others.looked;
}

// The few domains to which nearly all replies of the commonest class are; empty: they are more.
std::vector<std::string> fewDomains(const Causes& seen) {
  if (seen.counts.empty()) return {};
  std::size_t all = 0, replies = 0;
  for (const auto& one : seen.domains) all += one.replies;
  if (seen.domains.size() == Causes::kMaxDomains) all = std::max(all, seen.counts.front().replies);
  std::vector<std::string> names;
  for (const auto& one : seen.domains) {
    if (10 * replies >= 9 * all || names.size() == kMaxDomainsNamed) break;
    names.push_back(one.name);
    replies += one.replies;
  }
  if (10 * replies < 9 * all) names.clear();
  return names;
}

// Most replies say of a few domains that these do not exist, or take no mail: this is no mistake of a
// receiver's, of which there is none. Domains of which most addresses took mail before are another matter.
bool areNoDomains(const Causes& seen) {
  if (seen.counts.empty() || seen.counts.front().causeClass != causes::Class::badDomain ||
      causeOf(seen.counts.front()).verdict != causes::Verdict::dead)
    return false;
  return !isMost(seen.earlier.refused.accepted, seen.earlier.refused.looked) && !fewDomains(seen).empty();
}

// Whether replies about single addresses are rather a mistake of the receiver's: a list grows old everywhere
// and slowly, and what people do about such a reply, which is to take them off, cannot be undone.
bool isDoubtful(const Failures& of, const std::string& place) {
  constexpr std::int64_t kFailuresAReply = 10;  // one stray reply says nothing of hundreds of mails
  if (kFailuresAReply * static_cast<std::int64_t>(of.causes.replies) < of.failed) return false;
  if (!areManyAboutSingleAddresses(of.causes) || tookNoneBefore(of.causes.earlier) || areNoDomains(of.causes))
    return false;
  return of.extent == Extent::nearlyAll || (!place.empty() && !failsAsBefore(of, place));
}

// By the replies, where they may be believed.
std::optional<Side> sideByReplies(const Failures& of, const std::string& place) {
  auto leading = leadingIn(of.causes, of.failed);
  const bool isTold = tookNoneBefore(of.causes.earlier) || areNoDomains(of.causes) ||
                      (of.extent == Extent::part && !isDoubtful(of, place));
  if (!leading || (areAboutSingleAddresses(of.causes) && !isTold)) return std::nullopt;
  return Side{.kind = Side::Kind::cause, .name = place, .cause = std::move(leading)};
}

// Of failures at one receiver that the replies do not explain.
Side sideAt(const std::string& place, const Failures& of) {
  const bool alone = !othersAsUsual(of.rows, place);
  Side side{.kind = alone ? Side::Kind::receiverAlone : Side::Kind::receiver, .name = place};
  if (!alone && of.extent == Extent::nearlyAll && blameOthers(of.causes, of.failed) &&
      !mayBeOld(of.causes.earlier))
    side.kind = Side::Kind::receiverFails;
  side.doubtful = isDoubtful(of, place);
  return side;
}

Side sideOfAll(Failures of) {
  const auto gathering = gatheringOf(of.rows);
  if (!of.rows.empty()) of.extent = gathering ? extentOf(std::vector{gathering->part}) : extentOf(of.rows);
  const std::string place = gathering ? gathering->part.name : "";
  if (auto side = sideByReplies(of, place)) return *std::move(side);
  if (gathering) return sideAt(place, of);
  return {.kind = isEverywhere(of.rows) ? Side::Kind::ours : Side::Kind::unclear,
          .doubtful = isDoubtful(of, "")};
}

Side sideOfWhole(const Whole& whole) {
  auto side = sideOfAll({whole.breakdown, whole.causes, sumOf(whole.breakdown).bad});
  side.ofWhole = side.cause.has_value();
  return side;
}

// What happens everywhere is the whole account's trouble, a receiver's own replies tell their share in it.
Side sideOfReceiver(const rules::Change& change, const Context& context, BadMail mails) {
  static const std::vector<BreakdownRow> kNone;
  const auto& name = change.alert.key.subject.name;
  const auto& rows = context.whole ? context.whole->breakdown : kNone;
  const auto row = std::ranges::find(rows, name, &BreakdownRow::name);
  const Failures own{rows, context.causes, mails.bad,
                     row != rows.end() ? extentOf(std::vector{*row}) : extentOf(mails)};
  auto byReplies = sideByReplies(own, name);
  if (isEverywhere(rows)) {
    auto whole = sideOfWhole(*context.whole);
    const bool alike =
        byReplies && whole.cause && byReplies->cause->cause.causeClass == whole.cause->cause.causeClass;
    if (!alike) return whole;
  }
  return byReplies ? *std::move(byReplies) : sideAt(name, own);
}

// Categories have no replies of their own. The account's are theirs, too, where the account fails at least
// half as often as they do, or where most of its failures are theirs. Of subusers nothing is known.
Side sideOfPart(const Context& context, BadMail mails) {
  if (!context.whole) return {};
  const auto all = sumOf(context.whole->breakdown);
  const bool isBadAsWhole = 2 * all.bad * mails.total >= mails.bad * all.total;
  if (all.bad < kFewest || !(isBadAsWhole || 10 * mails.bad >= 7 * all.bad)) return {};
  auto whole = sideOfWhole(*context.whole);
  // The old list may be another category's, while this one's addresses are refused by mistake.
  const auto& causes = context.whole->causes;
  if (whole.cause && areAboutSingleAddresses(causes) && tookNoneBefore(causes.earlier))
    return {.doubtful = true};
  return whole;
}

// Of mail that is tried again: the place is told by the replies.
Side sideOfPutOff(const rules::Change& change, const Context& context, BadMail mails) {
  const auto place = isReceiver(change.alert.key.subject.dimension) ? change.alert.key.subject.name
                                                                    : context.causes.receiver;
  auto leading = leadingIn(context.causes, mails.bad);
  if (leading && !isAboutSingleAddresses(leading->cause.causeClass))
    return {.kind = Side::Kind::cause, .name = place, .cause = std::move(leading)};
  return {.kind = place.empty() ? Side::Kind::unclear : Side::Kind::receiverAlone, .name = place};
}

Side sideOfReceivers(const rules::Change& change, const Context& context) {
  const auto mails = rules::badMail(change.reason.evidence).value_or(BadMail{});
  const auto& subject = change.alert.key.subject;
  if (isPutOff(change)) return sideOfPutOff(change, context, mails);
  if (isReceiver(subject.dimension)) return sideOfReceiver(change, context, mails);
  if (subject.dimension != Dimension::account) return sideOfPart(context, mails);
  const auto& rows = context.whole ? context.whole->breakdown : context.breakdown;
  return sideOfAll({rows, context.causes, mails.bad, extentOf(mails)});
}

// A rule that looks for causes says itself what it found: each reply of them counts, however few they are.
std::optional<Side> sideOfFound(const rules::CauseEvidence& evidence, const Causes& seen) {
  const Causes::Count* most = nullptr;
  std::size_t replies = 0;
  for (const auto& one : seen.counts) {
    if (std::ranges::find(evidence.causes, causes::name(one.causeClass)) == evidence.causes.end()) continue;
    replies += one.replies;
    if (!most || one.replies > most->replies) most = &one;
  }
  if (!most || most->replies == 0) {
    const bool areOurs = std::ranges::all_of(evidence.causes, [](const std::string& name) {
      const auto causeClass = causes::classNamed(name);
      return causeClass && causes::verdictOf(*causeClass) == causes::Verdict::senderMustFix;
    });
    if (areOurs && !evidence.causes.empty()) return Side{.kind = Side::Kind::sender};
    return std::nullopt;
  }
  if (causeOf(*most).verdict == causes::Verdict::unknown) return std::nullopt;
  const double share = static_cast<double>(most->replies) / static_cast<double>(replies);
  return Side{.kind = Side::Kind::cause, .cause = LeadingCause{causeOf(*most), share}};
}

// SendGrid's own reasons: about our request or plan, or, mostly, about addresses on its lists.
Side sideOfDrops(const rules::Change& change, const Context& context) {
  const auto bad = rules::badMail(change.reason.evidence).value_or(BadMail{}).bad;
  auto leading = leadingIn(context.causes, bad);
  if (leading && leading->cause.verdict == causes::Verdict::senderMustFix)
    return {.kind = Side::Kind::cause, .cause = std::move(leading)};
  return {.kind = Side::Kind::recipients};
}

// Whose side it is that something cannot be read. Of an answer that is none of SendGrid's nobody knows
// whether SendGrid or something on the way made it, unless SendGrid has announced a trouble.
Side::Kind sideOfReading(const rules::ReadingEvidence& evidence, bool announced) {
  using Error = Error::Kind;
  if (!evidence.error) return Side::Kind::watch;
  switch (*evidence.error) {
    case Error::serverError:
      return announced ? Side::Kind::apiSays : Side::Kind::api;
    case Error::html:
    case Error::malformed:
    case Error::emptyAnswer:
    case Error::truncated:
    case Error::timedOut:
      return announced ? Side::Kind::apiSays : Side::Kind::apiOrNetwork;
    case Error::unauthorized:
    case Error::forbidden:
    case Error::notFound:
    case Error::badRequest:
      return Side::Kind::key;
    case Error::throttled:
      return Side::Kind::limit;
    case Error::unreachable:
    case Error::tls:
      return Side::Kind::network;
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

// What was looked up, where the replies to the alert's own mail are about addresses, and it tells a mistake
// of the receiver's or an old list. A list that grows old has addresses that took mail as well.
std::optional<EarlierMail> earlierOf(const Side& side, const Context& context) {
  const auto& causes = side.ofWhole && context.whole ? context.whole->causes : context.causes;
  const auto& refused = causes.earlier.refused;
  const bool isOther = side.cause && !isAboutSingleAddresses(side.cause->cause.causeClass);
  if (!areAboutSingleAddresses(causes) || isOther || side.kind == Side::Kind::ours) return std::nullopt;
  const bool mostTook = side.doubtful && isMost(refused.accepted, refused.looked);
  return mostTook || tookNoneBefore(causes.earlier) ? std::optional(causes.earlier) : std::nullopt;
}

}  // namespace

bool isAboutSingleAddresses(causes::Class causeClass) {
  using Class = causes::Class;
  return causeClass == Class::noAddress || causeClass == Class::badDomain ||
         causeClass == Class::mailboxFull || causeClass == Class::mailboxDisabled;
}

std::optional<Gathering> gatheringOf(const std::vector<BreakdownRow>& breakdown) {
  const auto failed = sumOf(breakdown).bad;
  const auto worst = std::ranges::max_element(breakdown, {}, &BreakdownRow::failed);
  if (worst == breakdown.end() || failed < kFewest) return std::nullopt;
  const double share = static_cast<double>(worst->failed) / static_cast<double>(failed);
  if (share < kConcentrated) return std::nullopt;
  return Gathering{*worst, share};
}

std::string placeOf(const rules::Change& change, const Context& context) {
  if (change.alert.key.subject.dimension != Dimension::account) return {};
  if (isPutOff(change)) return context.heldByProvider ? std::string() : context.causes.receiver;
  const auto& rows = context.whole ? context.whole->breakdown : context.breakdown;
  const auto gathering = gatheringOf(rows);
  return gathering ? gathering->part.name : std::string();
}

Side sideOf(const rules::Change& change, const Context& context) {
  const auto simple = [](Side::Kind kind) { return Side{.kind = kind}; };
  const bool troubled = context.statusPage && context.statusPage->troubled;
  switch (traitsOf(change.reason.evidence).concern) {
    case Concern::watch: {
      const auto* reading = std::get_if<rules::ReadingEvidence>(&change.reason.evidence);
      const auto* number = std::get_if<rules::NumberEvidence>(&change.reason.evidence);
      if (number && number->input == rules::Input::statisticsContradictory)
        return simple(Side::Kind::statistics);
      return simple(reading ? sideOfReading(*reading, troubled) : Side::Kind::watch);
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
    case Concern::domain:  // its own texts say more
      return simple(Side::Kind::domain);
    case Concern::recipients:
      return sideOfDrops(change, context);
    case Concern::provider:
      return simple(troubled ? Side::Kind::providerSays : Side::Kind::provider);
    case Concern::receivers:
      break;
  }
  if (const auto* found = std::get_if<rules::CauseEvidence>(&change.reason.evidence))
    if (auto side = sideOfFound(*found, context.causes)) return *std::move(side);
  // Replies explain failures, but not mail that was not tried yet.
  if (context.heldByProvider) return simple(troubled ? Side::Kind::providerSays : Side::Kind::providerHolds);
  auto side = sideOfReceivers(change, context);
  side.earlier = earlierOf(side, context);
  const auto& causes = side.ofWhole && context.whole ? context.whole->causes : context.causes;
  if (side.cause && side.cause->cause.causeClass == causes::Class::badDomain && areNoDomains(causes))
    side.domains = fewDomains(causes);
  // An announcement explains what the replies leave open, whatever else it is about.
  const bool isExplained = side.kind == Side::Kind::cause || side.kind == Side::Kind::receiverFails;
  if (troubled && !isExplained) return simple(Side::Kind::providerSays);
  return side;
}

}  // namespace arrivald::notify
