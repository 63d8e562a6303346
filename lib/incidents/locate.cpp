#include "incidents/locate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace arrivald::incidents {
namespace {

constexpr double kMinSeen = 4;
constexpr double kMinExcess = 3;
constexpr int kRounds = 3;
constexpr std::size_t kKindStarts = 4;
constexpr double kMinSeenOfStart = 3;
constexpr double kKindStandsOut = 3;  // nats
constexpr double kClose = 0.93;
constexpr double kHalf = 0.5;
constexpr double kTwoTogether = 0.8;
constexpr double kEachOfTwo = 0.25;
// Nats by which a root named by what decides its kind is preferred.
constexpr double kPreferred = 1;

double logGamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// What naming j of m values costs.
double penalty(std::size_t j, std::size_t m) {
  if (j >= m) return 0;
  const auto k = static_cast<double>(j);
  const auto n = static_cast<double>(m);
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k;
}

double poissonRatio(double seen, double expected) {
  if (seen <= expected || seen <= 0) return 0;
  return seen * std::log(seen / std::max(expected, 1e-9)) - (seen - expected);
}

// A grid summed over some kinds: one cell for each category and receiver.
class Plane {
 public:
  Plane(const Grid& grid, const std::vector<char>& kinds)
      : categories_(grid.categories()), receivers_(grid.receivers()), cells_(grid.pairs()) {
    const bool all = std::ranges::find(kinds, 0) == kinds.end();
    for (std::size_t pair = 0; pair < cells_.size(); ++pair) {
      Numbers& cell = cells_[pair];
      cell.mails = grid.mails(pair);
      if (cell.mails <= 0) continue;
      for (std::size_t k = 0; k < kinds.size(); ++k) {
        if (!all && !kinds[k]) continue;
        cell.seen += static_cast<double>(grid.seen(pair, k));
        cell.expected += static_cast<double>(grid.expected(pair, k));
      }
    }
    categoryMails_.resize(categories_);
    receiverMails_.resize(receivers_);
    for (std::size_t c = 0; c < categories_; ++c)
      for (std::size_t g = 0; g < receivers_; ++g) {
        categoryMails_[c] += at(c, g).mails;
        receiverMails_[g] += at(c, g).mails;
      }
  }

  const Numbers& at(std::size_t category, std::size_t receiver) const {
    return cells_[category * receivers_ + receiver];
  }

  // The log likelihood ratio of the part, less the penalties of its categories and receivers.
  double score(const std::vector<char>& categories, const std::vector<char>& receivers) const {
    Numbers all;
    forEach(categories, receivers, [&](const Numbers& cell) { all += cell; });
    if (all.seen < kMinSeen || all.seen - all.expected < kMinExcess) return 0;
    const double r = all.excessShare();
    double ratio = -r * all.mails;
    forEach(categories, receivers, [&](const Numbers& cell) {
      if (cell.seen > 0) ratio += cell.seen * std::log1p(r * cell.mails / cell.expected);
    });
    return ratio - penaltyOf(categories, categoryMails_) - penaltyOf(receivers, receiverMails_);
  }

  std::vector<char> bestCategories(const std::vector<char>& receivers) const {
    std::vector<Numbers> sums(categories_);
    for (std::size_t c = 0; c < categories_; ++c)
      for (std::size_t g = 0; g < receivers_; ++g)
        if (receivers[g]) sums[c] += at(c, g);
    return bestPrefix(sums);
  }
  std::vector<char> bestReceivers(const std::vector<char>& categories) const {
    std::vector<Numbers> sums(receivers_);
    for (std::size_t c = 0; c < categories_; ++c) {
      if (!categories[c]) continue;
      for (std::size_t g = 0; g < receivers_; ++g) sums[g] += at(c, g);
    }
    return bestPrefix(sums);
  }

  std::size_t categories() const { return categories_; }
  std::size_t receivers() const { return receivers_; }

 private:
  // Only values with mail count: nobody chooses the others.
  static double penaltyOf(const std::vector<char>& mask, const std::vector<double>& mails) {
    std::size_t chosen = 0;
    std::size_t present = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mails[i] <= 0) continue;
      ++present;
      if (mask[i]) ++chosen;
    }
    return penalty(chosen, present);
  }

  template <class Take>
  void forEach(const std::vector<char>& categories, const std::vector<char>& receivers, Take take) const {
    for (std::size_t c = 0; c < categories_; ++c) {
      if (!categories[c]) continue;
      for (std::size_t g = 0; g < receivers_; ++g)
        if (receivers[g] && at(c, g).mails > 0) take(at(c, g));
    }
  }

  // Of the values by their excess share, greatest first, the first ones that score best together.
  static std::vector<char> bestPrefix(const std::vector<Numbers>& sums) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sums.size(); ++i)
      if (sums[i].mails > 0) order.push_back(i);
    const std::size_t present = order.size();
    std::erase_if(order, [&](std::size_t i) { return sums[i].seen <= sums[i].expected; });
    const auto share = [&](std::size_t i) { return (sums[i].seen - sums[i].expected) / sums[i].mails; };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return share(a) > share(b); });
    Numbers all;
    double best = 0;
    std::size_t length = 0;
    for (std::size_t j = 0; j < order.size(); ++j) {
      all += sums[order[j]];
      const double r = all.excessShare();
      double ratio = -r * all.mails;
      for (std::size_t i = 0; i <= j; ++i) {
        const Numbers& one = sums[order[i]];
        ratio += one.seen * std::log1p(r * one.mails / one.expected);
      }
      if (const double score = ratio - penalty(j + 1, present); score > best) {
        best = score;
        length = j + 1;
      }
    }
    std::vector<char> mask(sums.size(), length == 0 ? 1 : 0);
    for (std::size_t j = 0; j < length; ++j) mask[order[j]] = 1;
    return mask;
  }

  std::size_t categories_, receivers_;
  std::vector<Numbers> cells_;
  std::vector<double> categoryMails_, receiverMails_;
};

struct Part {
  std::vector<char> categories, receivers;
  double score = 0;
};

// The best part of a plane: alternating between the dimensions, in both orders.
Part bestPart(const Plane& plane) {
  const std::vector<char> allCategories(plane.categories(), 1);
  const std::vector<char> allReceivers(plane.receivers(), 1);
  Part best{allCategories, allReceivers, plane.score(allCategories, allReceivers)};
  const auto consider = [&](const std::vector<char>& categories, const std::vector<char>& receivers) {
    if (const double score = plane.score(categories, receivers); score > best.score)
      best = {categories, receivers, score};
  };
  for (const bool categoriesFirst : {true, false}) {
    std::vector<char> categories = allCategories;
    std::vector<char> receivers = allReceivers;
    for (int round = 0; round < kRounds; ++round) {
      const auto before = std::pair(categories, receivers);
      if (categoriesFirst) categories = plane.bestCategories(receivers);
      receivers = plane.bestReceivers(categories);
      if (!categoriesFirst) categories = plane.bestCategories(receivers);
      if (std::pair(categories, receivers) == before) break;
    }
    consider(categories, receivers);
    consider(allCategories, receivers);
    consider(categories, allReceivers);
  }
  return best;
}

// All kinds, and each of those that stand out most.
std::vector<std::vector<char>> startsOf(const Grid& grid) {
  std::vector<std::vector<char>> starts{std::vector<char>(grid.kinds(), 1)};
  if (grid.kinds() == 1) return starts;
  const std::vector<Numbers> sums = grid.byKind(grid.whole());
  std::vector<std::size_t> order(grid.kinds());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t k) {
    return sums[k].seen < kMinSeenOfStart || sums[k].seen <= sums[k].expected;
  });
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return poissonRatio(sums[a].seen, sums[a].expected) > poissonRatio(sums[b].seen, sums[b].expected);
  });
  for (std::size_t i = 0; i < std::min(order.size(), kKindStarts); ++i) {
    starts.emplace_back(grid.kinds(), 0);
    starts.back()[order[i]] = 1;
  }
  return starts;
}

// Of a part found over all kinds: those that stand out in it.
std::vector<char> kindsThatStandOut(const Grid& grid, const Part& part) {
  const std::vector<Numbers> sums =
      grid.byKind({part.categories, part.receivers, std::vector<char>(grid.kinds(), 1)});
  std::vector<char> kinds(grid.kinds());
  for (std::size_t k = 0; k < kinds.size(); ++k)
    kinds[k] = poissonRatio(sums[k].seen, sums[k].expected) > kKindStandsOut;
  return kinds;
}

// If nearly all mail of the slice has one value, it is named by that, too.
void close(const Grid& grid, Slice& slice) {
  std::vector<double> byCategory(grid.categories()), byReceiver(grid.receivers());
  double all = 0;
  for (std::size_t c = 0; c < grid.categories(); ++c)
    for (std::size_t g = 0; g < grid.receivers(); ++g) {
      if (!slice.categories[c] || !slice.receivers[g]) continue;
      const double mails = grid.mails(c * grid.receivers() + g);
      byCategory[c] += mails;
      byReceiver[g] += mails;
      all += mails;
    }
  const auto narrow = [&](const std::vector<double>& mails, std::vector<char>& mask) {
    const auto most = std::ranges::max_element(mails);
    if (mask.size() < 2 || all <= 0 || *most < kClose * all) return;
    std::ranges::fill(mask, 0);
    mask[static_cast<std::size_t>(most - mails.begin())] = 1;
  };
  narrow(byCategory, slice.categories);
  narrow(byReceiver, slice.receivers);
}

// Prefers a root named by what decides its kind to one of equal score.
double preferenceOf(const Root& root) {
  if (root.kinds.size() != 1) return 0;
  const DecidedBy by = decidedBy(root.kinds.front());
  const bool fits = (by == DecidedBy::receiver && !root.receivers.empty() && root.categories.empty()) ||
                    (by == DecidedBy::list && !root.categories.empty() && root.receivers.empty());
  return fits ? kPreferred : 0;
}

}  // namespace

double scoreOf(const Grid& grid, const Slice& slice) {
  const auto kinds = static_cast<std::size_t>(std::ranges::count(slice.kinds, 1));
  if (kinds == 0) return 0;
  return Plane(grid, slice.kinds).score(slice.categories, slice.receivers) - penalty(kinds, grid.kinds());
}

std::vector<Kind> namedKinds(const Grid& grid, const Slice& slice) {
  std::vector<Numbers> sums =
      grid.byKind({slice.categories, slice.receivers, std::vector<char>(grid.kinds(), 1)});
  std::vector<std::size_t> order(sums.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return sums[a].excess() > sums[b].excess(); });
  double all = 0;
  for (const Numbers& one : sums) all += one.excess();
  const auto& kinds = grid.axes().kinds;
  if (all <= 0 || kinds.empty()) return {};
  const double first = sums[order[0]].excess();
  if (first >= kHalf * all && kinds[order[0]] != Kind::unspecified) return {kinds[order[0]]};
  if (order.size() < 2) return {};
  const double second = sums[order[1]].excess();
  if (first + second < kTwoTogether * all || second < kEachOfTwo * all) return {};
  std::vector<Kind> two{kinds[order[0]], kinds[order[1]]};
  std::erase(two, Kind::unspecified);
  std::ranges::sort(two);
  return two;
}

std::optional<Located> locate(const Grid& grid, Family family) {
  std::optional<Located> best;
  double bestPreferred = 0;
  for (const std::vector<char>& start : startsOf(grid)) {
    const bool all = std::ranges::find(start, 0) == start.end();
    const Plane plane(grid, start);
    const Part part = bestPart(plane);
    if (part.score <= 0) continue;
    Slice slice{part.categories, part.receivers, start};
    double score = part.score;
    if (all) {
      std::vector<char> kept = kindsThatStandOut(grid, part);
      if (const auto some = Slice{part.categories, part.receivers, std::move(kept)}; !isEmpty(some))
        if (const double narrowed = scoreOf(grid, some); narrowed > score) {
          slice = some;
          score = narrowed;
        }
    } else {
      score -= penalty(1, grid.kinds());
    }
    if (score < kLeastScore) continue;
    close(grid, slice);
    Located found{.slice = slice,
                  .root = grid.rootOf(slice, family),
                  .score = score,
                  .numbers = grid.sum(slice),
                  .window = grid.window()};
    found.root.kinds = namedKinds(grid, slice);
    const double preferred = score + preferenceOf(found.root);
    if (best && preferred <= bestPreferred) continue;
    bestPreferred = preferred;
    best = std::move(found);
  }
  return best;
}

std::optional<Located> locate(const Grids& grids, Family family) {
  std::optional<Located> best;
  for (const Grid& grid : grids)
    if (auto found = locate(grid, family); found && (!best || found->score > best->score))
      best = std::move(found);
  return best;
}

}  // namespace arrivald::incidents
