#include "incidents/course.hpp"

#include <algorithm>
#include <cmath>

#include "rules/probability.hpp"

namespace arrivald::incidents {
namespace {

using std::chrono::minutes;

constexpr Duration kShown = minutes(30);
constexpr Duration kWorstWindow = minutes(20);
constexpr std::size_t kHours = 72;
constexpr double kGone = 0.01;  // chance of so few failures at half the worst share
constexpr double kMinMails = 8;
constexpr double kWouldHaveSeen = 6;  // failures at the worst share
constexpr double kUsual = 0.25;
constexpr double kClearly = 0.003, kLikely = 0.02;
constexpr double kFewOfMailing = 3;
constexpr double kManyOfMailing = 20;
// Where other mail of the category goes on: of its worst 20 minutes.
constexpr double kLeftOfMailing = 0.1, kLargeMailing = 200;
constexpr double kWaitingFactor = 1.5, kWaitingMore = 2;

double chanceOfAtLeast(double seen, double expected) {
  return 1 - rules::poissonAtMost(std::llround(seen) - 1, expected);
}

// The root's own mail in a window: what other incidents account for is taken out.
Numbers own(const Incident& incident, Sight& sight, Duration window) {
  Numbers numbers = Sight::sum(sight.absorbed(Family::shares, window, incident.number), incident.root);
  const double usual = Sight::sum(sight.plain(Family::shares, window), incident.root).expected;
  const double others = std::max(0.0, numbers.expected - usual);
  numbers.seen = std::max(0.0, numbers.seen - others);
  numbers.expected = usual;
  return numbers;
}

// Of mail that waits, the worst of each hour: what waits at one time waits at the next, too.
void noteHour(Incident& incident, Instant now) {
  if (incident.numbers.mails <= 0) return;
  const Instant hour = std::chrono::floor<std::chrono::hours>(now);
  if (incident.hours.empty() || incident.hours.back().begin != hour) incident.hours.push_back({hour, {}});
  if (incident.numbers.share() > incident.hours.back().numbers.share())
    incident.hours.back().numbers = incident.numbers;
  if (incident.hours.size() > kHours) incident.hours.erase(incident.hours.begin());
}

void countMinutes(Incident& incident, const Mail& mail, Instant now) {
  const Instant present = std::chrono::floor<minutes>(now);
  const Instant settled = present - minutes(mail.unsettled() - 1);
  // What comes after its end is none of it.
  const bool isQuiet = incident.state == State::quiet && incident.goodSince;
  const Instant until =
      isQuiet ? std::min<Instant>(settled, std::chrono::floor<minutes>(*incident.goodSince)) : settled;
  Instant from = incident.countedTo.value_or(std::chrono::floor<minutes>(incident.began));
  from = std::max(from, present - minutes(89));
  if (isQuiet && from >= until) return;
  for (; from < until; from += minutes(1)) {
    const Breakdown minute = mail.breakdown(incident.root, static_cast<int>((present - from) / minutes(1)));
    incident.affected.add(minute);
    const Instant hour = std::chrono::floor<std::chrono::hours>(from);
    if (incident.hours.empty() || incident.hours.back().begin != hour) incident.hours.push_back({hour, {}});
    incident.hours.back().numbers += minute.whole();
    if (incident.hours.size() > kHours) incident.hours.erase(incident.hours.begin());
  }
  incident.countedTo = from;
}

// Where mail comes without its categories, that none of them comes says nothing.
bool showsCategories(Sight& sight) {
  const auto& grids = sight.plain(Family::shares, kWorstWindow);
  const auto hasCategories = [](const Grid& grid) {
    return std::ranges::any_of(grid.axes().categories, [](const auto& name) { return !name.empty(); });
  };
  return grids.empty() || std::ranges::any_of(grids, hasCategories);
}

bool hasMailEnded(const Incident& incident, Sight& sight) {
  if (incident.root.categories.empty() || !sight.covers(kWorstWindow) || !showsCategories(sight))
    return false;
  const Numbers lately = own(incident, sight, kWorstWindow);
  if (lately.mails < kFewOfMailing && lately.seen <= 0) return incident.worst.mails >= kManyOfMailing;
  return incident.worst.mails >= kLargeMailing && lately.mails <= kLeftOfMailing * incident.worst.mails &&
         chanceOfAtLeast(lately.seen, lately.expected) > kUsual;
}

}  // namespace

std::optional<Beginning> beginOf(const Mail& mail, const Root& root, Instant now) {
  const std::vector<Numbers> all = mail.minutes(root);
  double best = 0;
  std::optional<std::size_t> first;
  Numbers since, sinceFirst;
  for (std::size_t start = all.size(); start-- > 0;) {
    since += all[start];
    if (all[start].seen <= 0) continue;
    const double r = since.excessShare();
    double ratio = -r * since.mails;
    for (std::size_t i = start; i < all.size(); ++i)
      if (all[i].seen > 0 && all[i].expected > 0)
        ratio += all[i].seen * std::log1p(r * all[i].mails / all[i].expected);
    if (ratio <= best) continue;
    best = ratio;
    first = start;
    sinceFirst = since;
  }
  if (!first) return std::nullopt;
  return Beginning{std::chrono::floor<minutes>(now) - minutes(static_cast<int>(all.size() - 1 - *first)),
                   sinceFirst};
}

std::optional<Instant> beginningOf(const Mail& mail, const Root& root, Instant now) {
  const auto begin = beginOf(mail, root, now);
  return begin ? std::optional(begin->at) : std::nullopt;
}

Instant endOf(const Incident& incident, const Mail& mail, Instant now) {
  constexpr double kPartOfWorst = 0.25;
  if (incident.root.family != Family::shares) return now;
  const std::vector<Numbers> all = mail.minutes(incident.root);
  const Instant present = std::chrono::floor<minutes>(now);
  for (std::size_t i = all.size(); i-- > 0;) {
    const bool wasBad = all[i].seen >= 1 && all[i].share() >= kPartOfWorst * incident.worst.share();
    if (!wasBad) continue;
    const Instant end = present - minutes(static_cast<int>(all.size() - 1 - i)) + minutes(1);
    return std::clamp(end, std::min(incident.began, now), now);
  }
  return now;
}

void uncountAfterEnd(Incident& incident, const Mail& mail, Instant now) {
  if (!incident.countedTo || !incident.goodSince || incident.root.family != Family::shares) return;
  const auto takeOut = [](Part& part) {
    part.numbers = {-part.numbers.mails, -part.numbers.seen, -part.numbers.expected};
  };
  const auto keepCounts = [](Part& part) {
    auto& [mails, seen, expected] = part.numbers;
    mails = std::max(0.0, mails);
    seen = std::clamp(seen, 0.0, mails);
    expected = std::max(0.0, expected);
  };
  const Instant present = std::chrono::floor<minutes>(now);
  const Instant end =
      std::max<Instant>(std::chrono::floor<minutes>(*incident.goodSince), present - minutes(89));
  for (Instant at = end; at < *incident.countedTo; at += minutes(1)) {
    Breakdown minute = mail.breakdown(incident.root, static_cast<int>((present - at) / minutes(1)));
    std::ranges::for_each(minute.categories, takeOut);
    std::ranges::for_each(minute.receivers, takeOut);
    incident.affected.add(minute);
  }
  std::ranges::for_each(incident.affected.categories, keepCounts);
  std::ranges::for_each(incident.affected.receivers, keepCounts);
  incident.countedTo = std::min(*incident.countedTo, end);
}

namespace {

// Of the mail since it began: mail of the time before makes a stall look small for half an hour. Where there
// are too few mails yet, of a longer window.
void measureWaiting(Incident& incident, Sight& sight) {
  constexpr double kFew = 3;
  const Late late = incident.stalled ? Late::soon : Late::overdue;
  const Duration since = sight.now() - incident.began - lateAfter(late);
  const auto take = [&](Duration window) {
    incident.numbers = Sight::sum(sight.plain(Family::waiting, window, late), incident.root);
    incident.window = window;
    return incident.numbers.mails >= kFew;
  };
  if (since < kLateWindows.front()) {
    auto from = std::ranges::upper_bound(kLateSinceBegun, since);
    if (from != kLateSinceBegun.begin()) --from;
    for (; from != kLateSinceBegun.end(); ++from)
      if (take(*from)) return;
  }
  take(kLateWindows.front());
}

}  // namespace

void measure(Incident& incident, Sight& sight) {
  if (incident.root.family == Family::waiting) {
    measureWaiting(incident, sight);
    if (incident.numbers.share() > incident.worst.share()) incident.worst = incident.numbers;
    noteHour(incident, sight.now());
    return;
  }
  if (incident.root.family != Family::shares || !sight.covers(kWindows.front())) return;
  incident.window = windowFor(std::min(kShown, sight.now() - incident.began));
  incident.numbers = own(incident, sight, incident.window);
  const Numbers lately = own(incident, sight, kWorstWindow);
  if (rules::wilsonLower(lately.seen, lately.mails, 1) >
      rules::wilsonLower(incident.worst.seen, incident.worst.mails, 1))
    incident.worst = lately;
  if (isBad(incident, sight, Doubt::likely)) incident.lastBad = sight.now();
  countMinutes(incident, sight.mail(), sight.now());
}

bool isFarMore(double share, double counted) {
  constexpr double kFarMore = 1.5;
  return share > kFarMore * counted;
}

bool isBad(const Incident& incident, Sight& sight, Doubt doubt) {
  const Numbers numbers = own(incident, sight, kWindows.front());
  const double least = doubt == Doubt::clearly ? 3 : 2;
  if (numbers.seen < least || numbers.excess() < least - 0.5) return false;
  return chanceOfAtLeast(numbers.seen, numbers.expected) < (doubt == Doubt::clearly ? kClearly : kLikely);
}

Outlook outlookOf(const Incident& incident, Sight& sight, bool active) {
  if (incident.slow) return active ? Outlook::undecided : Outlook::over;
  if (!sight.covers(kWindows.front())) return Outlook::undecided;
  const double worst = rules::wilsonLower(incident.worst.seen, incident.worst.mails, 1);
  for (const Duration window : kWindows) {
    if (!sight.covers(window)) break;
    const Numbers numbers = own(incident, sight, window);
    const std::int64_t seen = std::llround(numbers.seen);
    const std::int64_t mails = std::llround(numbers.mails);
    const double chance = chanceOfAtLeast(numbers.seen, numbers.expected);
    const bool gone = numbers.mails >= kMinMails && chance > kClearly &&
                      1 - rules::binomialAtLeast(seen + 1, mails, worst / 2) < kGone;
    const bool usual = chance > kUsual && numbers.mails * worst >= kWouldHaveSeen;
    if (gone || usual) return Outlook::over;
  }
  if (hasMailEnded(incident, sight)) return Outlook::mailEnded;
  // The alerts have ended by themselves, and there is too little mail to contradict them.
  if (incident.joined && !active && !isBad(incident, sight, Doubt::likely)) return Outlook::over;
  return Outlook::undecided;
}

Outlook outlookOfWaiting(const Incident& incident, Sight& sight, bool active) {
  if (!active) return Outlook::over;
  const Late late = incident.stalled ? Late::soon : Late::overdue;
  const Grids& grids = sight.plain(Family::waiting, kLateWindows.front(), late);
  if (grids.empty()) return Outlook::undecided;
  const Numbers numbers = Sight::sum(grids, incident.root);
  return numbers.seen <= kWaitingFactor * numbers.expected + kWaitingMore ? Outlook::over
                                                                          : Outlook::undecided;
}

}  // namespace arrivald::incidents
