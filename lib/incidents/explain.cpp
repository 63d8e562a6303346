#include "incidents/explain.hpp"

#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "rules/probability.hpp"

namespace arrivald::incidents {
namespace {

constexpr double kZ = 3.1;
constexpr double kFewFailures = 5;
constexpr double kOrdinary = 0.003;
constexpr double kFewWaiting = 3;
constexpr double kAlphaOfWaiting = 1e-5;
constexpr Duration kAfterStall = std::chrono::minutes(60);
// Of a drift.
constexpr double kSome = 0.25;
constexpr double kMisread = 1.4;
constexpr double kSudden = 2.5;

bool isOfOutcomes(rules::Input input) {
  return input == rules::Input::deliveryRate || input == rules::Input::bounceRate ||
         input == rules::Input::blockRate;
}

// Its share of the excess of an incident since it began.
double fractionOf(const Incident& incident, const delivery::Subject& subject) {
  const bool byCategory = subject.dimension == delivery::Dimension::category;
  if (!byCategory && subject.dimension == delivery::Dimension::account) return 1;
  double all = 0;
  double its = 0;
  for (const Part& part : byCategory ? incident.affected.categories : incident.affected.receivers) {
    all += part.numbers.excess();
    if (part.name == subject.name) its += part.numbers.excess();
  }
  return all > 0 ? its / all : 0;
}

// What the incidents have of the subject's mail since `from`, by the hour.
double excessSince(const std::vector<Incident>& incidents, const delivery::Subject& subject, Instant from,
                   std::int64_t& most) {
  double all = 0;
  double best = 0;
  for (const Incident& incident : incidents) {
    if (incident.account != subject.account || incident.root.family != Family::shares || incident.slow ||
        incident.state == State::merged)
      continue;
    double its = 0;
    for (const Hour& hour : incident.hours)
      if (hour.begin + std::chrono::hours(1) > from) its += hour.numbers.excess();
    its *= fractionOf(incident, subject);
    all += its;
    if (its > best) {
      best = its;
      most = incident.number;
    }
  }
  return all;
}

// The incident with the largest share, or the one whose member the alert was, while it has a share.
std::int64_t owner(const std::vector<Sight::Share>& shares, std::int64_t member) {
  std::int64_t most = 0;
  double best = 0.5;
  double all = 0;
  for (const Sight::Share& share : shares) all += share.mails;
  for (const Sight::Share& share : shares) {
    if (share.number == member && share.mails > 0.2 * all) return member;
    if (share.mails > best) {
      best = share.mails;
      most = share.number;
    }
  }
  return most;
}

// The bad mail of a rate that an alert saw.
struct Rate {
  double failures = 0, mails = 0, threshold = 0;
};

std::int64_t explainedRate(const rules::Alert& alert, const Rate& rate, Sight& sight,
                           const std::vector<Incident>& incidents, std::int64_t member) {
  const auto subject = rootOf(alert.key.subject, Family::shares);
  if (!subject) return 0;
  const Duration whole = rules::windowOf(alert.evidence);
  std::int64_t number = 0;
  double explains = 0;
  if (whole > kWindows.back()) {
    explains = excessSince(incidents, alert.key.subject, sight.now() - whole, number);
    if (explains <= 0) return 0;
  } else {
    const Duration window = windowFor(whole);
    const auto shares = sight.sharesOf(*subject, window);
    for (const Sight::Share& share : shares) explains += share.mails;
    number = owner(shares, member);
    if (number == 0) return 0;
    const double expected = Sight::sum(sight.absorbed(Family::shares, window), *subject).expected;
    const double chance =
        1 - rules::poissonAtMost(static_cast<std::int64_t>(std::llround(rate.failures)) - 1, expected);
    if (chance > kOrdinary) return number;
  }
  const double left = std::max(0.0, rate.failures - explains);
  const double mails = std::max(1.0, rate.mails - explains);
  if (left < kFewFailures || rules::wilsonLower(left, mails, kZ) <= rate.threshold) return number;
  return 0;
}

// The drift without the mail that incidents are about: whether that is as usual. It is not enough that the
// incidents hold most of the excess, since while a drift grows, they are a part of it.
std::int64_t explainedDrift(const rules::Alert& alert, const rules::DriftEvidence& drift,
                            const std::vector<Incident>& incidents, Instant now) {
  const auto subject = rootOf(alert.key.subject, Family::shares);
  if (!subject) return 0;
  const Instant from = now - drift.window;
  auto failures = static_cast<double>(drift.mails.bad);
  auto mails = static_cast<double>(drift.mails.total);
  std::int64_t number = 0;
  double most = 0;
  for (const Incident& incident : incidents) {
    if (incident.account != alert.key.subject.account || incident.root.family != Family::shares ||
        incident.slow || incident.state == State::merged)
      continue;
    // Of all the drift's mail and no worse than it: that is the drift itself.
    if (contains(incident.root, *subject) &&
        incident.affected.whole().share() < kSudden * drift.threshold.value())
      continue;
    const double part = fractionOf(incident, alert.key.subject);
    Numbers its;
    for (const Hour& hour : incident.hours)
      if (hour.begin + std::chrono::hours(1) > from) its += hour.numbers;
    // What was read as another cause belongs to it, too.
    failures -= its.seen * part * (incident.root.kinds.empty() ? 1 : kMisread);
    mails -= its.mails * part;
    if (its.excess() * part > most) {
      most = its.excess() * part;
      number = incident.number;
    }
  }
  if (number == 0 || most <= kSome * static_cast<double>(drift.mails.bad)) return 0;
  const double expected = drift.usual.value() * std::max(0.0, mails);
  const bool ordinary =
      failures < kFewFailures ||
      1 - rules::poissonAtMost(static_cast<std::int64_t>(std::llround(failures)) - 1, expected) > kOrdinary;
  return ordinary ? number : 0;
}

// A stall explains what is overdue soon after it, and while it lasts.
std::int64_t stallFor(const rules::Alert& alert, const std::vector<Incident>& incidents, Instant now) {
  for (const Incident& incident : incidents)
    if (incident.account == alert.key.subject.account && incident.root.family == Family::waiting &&
        incident.stalled && incident.state != State::merged &&
        (isLive(incident.state) || (incident.endedAt && now - *incident.endedAt < kAfterStall)))
      return incident.number;
  return 0;
}

std::int64_t explainedOverdue(const rules::Alert& alert, Sight& sight, const std::vector<Incident>& incidents,
                              std::int64_t member) {
  if (const auto number = stallFor(alert, incidents, sight.now())) return number;
  const auto subject = rootOf(alert.key.subject, Family::waiting);
  if (!subject) return 0;
  const Duration window = windowOf(alert);
  const auto shares = sight.sharesOf(*subject, window, Late::overdue);
  const std::int64_t number = owner(shares, member);
  if (number == 0) return 0;
  double explains = 0;
  for (const Sight::Share& share : shares) explains += share.mails;
  const Numbers plain = Sight::sum(sight.plain(Family::waiting, window, Late::overdue), *subject);
  const double left = std::max(0.0, plain.seen - explains);
  const double mails = std::max(1.0, plain.mails - explains);
  const double usual = plain.mails > 0 ? plain.expected / plain.mails : 0;
  const bool ordinary =
      left < kFewWaiting ||
      rules::binomialAtLeast(std::llround(left), std::max(std::llround(left), std::llround(mails)), usual) >=
          kAlphaOfWaiting;
  return ordinary ? number : 0;
}

// A live incident of shares that has mail of the subject and, if causes are given, is of one of them.
std::int64_t explainedNews(const rules::Alert& alert, const std::vector<Incident>& incidents,
                           const std::vector<std::string>& causes) {
  for (const Incident& incident : incidents) {
    if (incident.account != alert.key.subject.account || incident.root.family != Family::shares ||
        !isLive(incident.state))
      continue;
    const bool named = std::ranges::any_of(incident.root.kinds, [&](Kind kind) {
      return std::ranges::find(causes, name(kind)) != causes.end();
    });
    const bool there =
        alert.key.subject.dimension == delivery::Dimension::account || incident.root.receivers.empty() ||
        std::ranges::find(incident.root.receivers, alert.key.subject.name) != incident.root.receivers.end();
    // One without a kind is of replies that vary.
    if (there && (causes.empty() || named || incident.root.kinds.empty())) return incident.number;
  }
  return 0;
}

// Replies of some causes, of which an incident has all but too few to fire by themselves: what answers to its
// mail, and is counted for a day, is no second cause, however the replies vary, and whether it is over or
// not.
std::int64_t explainedReplies(const rules::Alert& alert, const rules::CauseEvidence& seen, Sight& sight,
                              const std::vector<Incident>& incidents) {
  if (const auto number = explainedNews(alert, incidents, seen.causes)) return number;
  std::vector<Kind> kinds;
  for (const auto& cause : seen.causes)
    if (const auto kind = kindNamed(cause)) kinds.push_back(*kind);
  std::ranges::sort(kinds);
  if (kinds.empty() || !sight.covers(kWindows.front())) return 0;
  const Grids& grids = sight.plain(Family::shares, kWindows.back());
  for (const Incident& incident : incidents) {
    const bool isLate =
        !isLive(incident.state) && (!incident.endedAt || sight.now() - *incident.endedAt >= kWindows.back());
    if (incident.account != alert.key.subject.account || incident.root.family != Family::shares ||
        incident.state == State::merged || isLate)
      continue;
    Root its = incident.root;
    its.kinds = kinds;
    const double explains = Sight::sum(grids, its).seen;
    const auto left = static_cast<double>(seen.replies) - explains;
    if (explains > 0 && left < static_cast<double>(std::max<std::int64_t>(1, seen.minMails)))
      return incident.number;
  }
  return 0;
}

}  // namespace

Family familyOf(const rules::Alert& alert) {
  if (alert.key.subject.dimension == delivery::Dimension::subuser ||
      alert.key.subject.dimension == delivery::Dimension::sendingDomain)
    return Family::rule;
  return std::visit(Overloaded{[](const rules::RateEvidence& rate) {
                                 return isOfOutcomes(rate.input) ? Family::shares : Family::rule;
                               },
                               [](const rules::DriftEvidence& drift) {
                                 return isOfOutcomes(drift.input) ? Family::shares : Family::rule;
                               },
                               [](const rules::BurnEvidence& burn) {
                                 return isOfOutcomes(burn.input) ? Family::shares : Family::rule;
                               },
                               [](const rules::StallEvidence&) { return Family::waiting; },
                               [](const rules::OverdueEvidence&) { return Family::waiting; },
                               [](const auto&) { return Family::rule; }},
                    alert.evidence);
}

bool isDrift(const rules::Alert& alert) {
  return std::holds_alternative<rules::DriftEvidence>(alert.evidence);
}
bool isStall(const rules::Alert& alert) {
  return std::holds_alternative<rules::StallEvidence>(alert.evidence);
}

Late lateOf(const rules::Alert& alert) { return isStall(alert) ? Late::soon : Late::overdue; }

Duration windowOf(const rules::Alert& alert) {
  const Duration window = rules::windowOf(alert.evidence);
  if (familyOf(alert) != Family::waiting) return windowFor(window);
  return isStall(alert) || window <= kLateWindows.front() ? kLateWindows.front() : kLateWindows.back();
}

std::int64_t explained(const rules::Alert& alert, Sight& sight, const std::vector<Incident>& incidents,
                       std::int64_t member) {
  const auto rate = [&](const auto& seen) -> std::int64_t {
    if (familyOf(alert) != Family::shares) return 0;
    return explainedRate(
        alert,
        {static_cast<double>(seen.mails.bad), static_cast<double>(seen.mails.total), seen.threshold.value()},
        sight, incidents, member);
  };
  return std::visit(
      Overloaded{
          [&](const rules::RateEvidence& seen) { return rate(seen); },
          [&](const rules::BurnEvidence& seen) { return rate(seen); },
          [&](const rules::DriftEvidence& seen) {
            return explainedDrift(alert, seen, incidents, sight.now());
          },
          [&](const rules::StallEvidence&) -> std::int64_t {
            for (const Incident& incident : incidents)
              if (sight.counts(incident, Family::waiting, Duration{0})) return incident.number;
            return 0;
          },
          [&](const rules::OverdueEvidence&) { return explainedOverdue(alert, sight, incidents, member); },
          [&](const rules::FirstBlockEvidence&) { return explainedNews(alert, incidents, {}); },
          [&](const rules::CauseEvidence& seen) { return explainedReplies(alert, seen, sight, incidents); },
          [](const auto&) -> std::int64_t { return 0; }},
      alert.evidence);
}

}  // namespace arrivald::incidents
