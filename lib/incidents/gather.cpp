#include "incidents/gather.hpp"

#include <algorithm>
#include <cmath>

#include "incidents/course.hpp"
#include "rules/probability.hpp"

namespace arrivald::incidents {
namespace {

using std::chrono::minutes;

constexpr double kZ = 1.96;
// Of mail that fails nearly wholly: the lower bound of its share since it began, and so many mails.
constexpr double kNearlyAll = 0.7;
constexpr double kMinMails = 10;
// Mail that is added to a root fails likewise by itself.
constexpr double kAddedShare = 0.7, kAddedMails = 4;
// A kind that has so much of the replies that say anything is the cause.
constexpr double kOneKind = 0.75;
// A second kind of the same mail: its part of what is bad beside the usual, its mails, and chance.
constexpr double kSecond = 0.25, kSecondMails = 3, kChance = 0.003;
constexpr Duration kTogether = minutes(10);

Root withKinds(Root root, std::vector<Kind> kinds) {
  root.kinds = std::move(kinds);
  return root;
}

Numbers since(const std::vector<Numbers>& all, std::int64_t last) {
  Numbers sum;
  const auto count = static_cast<std::int64_t>(all.size());
  for (std::int64_t i = std::max<std::int64_t>(0, count - last); i < count; ++i)
    sum += all[static_cast<std::size_t>(i)];
  return sum;
}

bool failsNearlyWholly(const Numbers& numbers) {
  return numbers.mails >= kMinMails &&
         rules::wilsonLower(std::min(numbers.seen, numbers.mails), numbers.mails, kZ) >= kNearlyAll;
}

// Whether nearly all mail of `wide` fails, also what `part` does not have.
bool failsWith(const Root& wide, const Root& part, Sight& sight) {
  const auto begin = beginOf(sight.mail(), wide, sight.now());
  if (!begin || !failsNearlyWholly(begin->since)) return false;
  const auto last = (std::chrono::floor<minutes>(sight.now()) - begin->at) / minutes(1) + 1;
  const Numbers its = since(sight.mail().minutes(part), last);
  const double mails = begin->since.mails - its.mails;
  return mails >= kAddedMails && begin->since.seen - its.seen >= kAddedShare * mails;
}

// All mail, all of its receivers, or all of its categories: the widest that nearly wholly fails.
std::optional<Root> nearlyAll(const Root& root, Sight& sight, Widening widening) {
  const Root part = withKinds(root, {});
  if (widening == Widening::allowed && !part.isWhole()) {
    Root whole = part;
    whole.categories.clear();
    whole.receivers.clear();
    if (failsWith(whole, part, sight)) return whole;
    if (!part.categories.empty() && !part.receivers.empty()) {
      Root wide = part;
      wide.categories.clear();
      if (failsWith(wide, part, sight)) return wide;
      wide = part;
      wide.receivers.clear();
      if (failsWith(wide, part, sight)) return wide;
    }
  }
  const auto begin = beginOf(sight.mail(), part, sight.now());
  if (!begin || !failsNearlyWholly(begin->since)) return std::nullopt;
  return part;
}

// What the mail of the root shows by kind, beside other incidents.
std::vector<std::pair<Kind, Numbers>> kindsOf(const Root& root, Sight& sight, std::int64_t except) {
  std::vector<std::pair<Kind, Numbers>> kinds;
  for (const Grid& grid : sight.absorbed(Family::shares, kWindows[2], except)) {
    const auto slice = grid.sliceOf(withKinds(root, {}));
    if (!slice) continue;
    const std::vector<Numbers> sums = grid.byKind(*slice);
    for (std::size_t k = 0; k < sums.size(); ++k) kinds.emplace_back(grid.axes().kinds[k], sums[k]);
    break;
  }
  std::ranges::stable_sort(
      kinds, [](const auto& a, const auto& b) { return a.second.excess() > b.second.excess(); });
  return kinds;
}

// The one that has nearly all of the replies that say anything.
std::vector<Kind> onlyKind(const Root& root, Sight& sight, std::int64_t except) {
  auto kinds = kindsOf(root, sight, except);
  std::erase_if(kinds, [](const auto& one) { return one.first == Kind::unspecified; });
  double all = 0;
  for (const auto& one : kinds) all += one.second.excess();
  if (kinds.empty() || all <= 0 || kinds.front().second.excess() < kOneKind * all) return {};
  return {kinds.front().first};
}

bool isBeyondChance(const Numbers& numbers) {
  return 1 - rules::poissonAtMost(std::llround(numbers.seen) - 1, numbers.expected) < kChance;
}

// The kinds that began together with the one that is named.
std::vector<Kind> together(const Root& root, Sight& sight, std::int64_t except) {
  const Kind named = root.kinds.front();
  const auto kinds = kindsOf(root, sight, except);
  double all = 0;
  for (const auto& one : kinds) all += one.second.excess();
  for (const auto& [kind, numbers] : kinds) {
    if (kind == named || kind == Kind::unspecified || numbers.excess() < kSecond * all ||
        numbers.excess() < kSecondMails || !isBeyondChance(numbers))
      continue;
    const auto first = beginningOf(sight.mail(), withKinds(root, {named}), sight.now());
    const auto second = beginningOf(sight.mail(), withKinds(root, {kind}), sight.now());
    if (!first || !second || *first > *second + kTogether || *second > *first + kTogether) continue;
    std::vector<Kind> both{named, kind};
    std::ranges::sort(both);
    return both;
  }
  return root.kinds;
}

}  // namespace

Root gathered(const Root& root, Sight& sight, std::int64_t except, Widening widening) {
  if (root.family != Family::shares || !sight.covers(kWindows.front())) return root;
  if (auto wide = nearlyAll(root, sight, widening)) {
    wide->kinds = onlyKind(*wide, sight, except);
    return *std::move(wide);
  }
  if (root.kinds.size() == 1) return withKinds(root, together(root, sight, except));
  return root;
}

}  // namespace arrivald::incidents
