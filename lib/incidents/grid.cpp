#include "incidents/grid.hpp"

#include <algorithm>
#include <array>

namespace arrivald::incidents {
namespace {

bool isUnknown(const std::vector<std::string>& values) {
  return values.size() == 1 && values.front().empty();
}

// Which of the values are named; all if no name is given.
std::optional<std::vector<char>> maskOf(const std::vector<std::string>& values,
                                        const std::vector<std::string>& names) {
  std::vector<char> mask(values.size(), names.empty() ? 1 : 0);
  if (names.empty()) return mask;
  if (isUnknown(values)) return std::nullopt;
  bool any = false;
  for (const std::string& name : names)
    if (const auto found = std::ranges::find(values, name); found != values.end()) {
      mask[static_cast<std::size_t>(found - values.begin())] = 1;
      any = true;
    }
  if (!any) return std::nullopt;
  return mask;
}

std::vector<char> maskOf(const std::vector<Kind>& values, const std::vector<Kind>& kinds) {
  // Where kinds are not told apart, what is named is among the one.
  if (values == std::vector{Kind::unspecified}) return {1};
  std::vector<char> mask(values.size(), kinds.empty() ? 1 : 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::ranges::find(kinds, values[i]) != kinds.end()) mask[i] = 1;
  return mask;
}

// Values without mail say nothing: a mask that holds all others is full, unless that is a single one.
bool isFull(const std::vector<char>& mask, const std::vector<char>& present) {
  bool all = true;
  std::size_t held = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    all = all && mask[i];
    if (!present[i]) continue;
    if (!mask[i]) return false;
    ++held;
  }
  return all || held > 1;
}

template <class Value>
std::vector<Value> namesOf(const std::vector<Value>& values, const std::vector<char>& mask,
                           const std::vector<char>& present) {
  std::vector<Value> names;
  if (isFull(mask, present)) return names;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (mask[i]) names.push_back(values[i]);
  std::ranges::sort(names);
  return names;
}

std::vector<char> both(const std::vector<char>& a, const std::vector<char>& b) {
  std::vector<char> mask(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) mask[i] = a[i] && b[i];
  return mask;
}

}  // namespace

Grid::Grid(std::shared_ptr<const Axes> axes, Duration window) : axes_(std::move(axes)), window_(window) {
  mails_.resize(pairs());
  seen_.resize(pairs() * kinds());
  expected_.resize(pairs() * kinds());
}

std::optional<Slice> Grid::sliceOf(const Root& root) const {
  auto byCategory = maskOf(axes_->categories, root.categories);
  auto byReceiver = maskOf(axes_->receivers, root.receivers);
  auto byKind = maskOf(axes_->kinds, root.kinds);
  if (!byCategory || !byReceiver || std::ranges::find(byKind, 1) == byKind.end()) return std::nullopt;
  return Slice{*std::move(byCategory), *std::move(byReceiver), std::move(byKind)};
}

Slice Grid::whole() const {
  return {std::vector<char>(categories(), 1), std::vector<char>(receivers(), 1),
          std::vector<char>(kinds(), 1)};
}

Root Grid::rootOf(const Slice& slice, Family family) const {
  std::vector<char> byCategory(categories()), byReceiver(receivers());
  for (std::size_t c = 0; c < categories(); ++c)
    for (std::size_t g = 0; g < receivers(); ++g)
      if (mails_[c * receivers() + g] > 0) byCategory[c] = byReceiver[g] = 1;
  return {.family = family,
          .categories = namesOf(axes_->categories, slice.categories, byCategory),
          .receivers = namesOf(axes_->receivers, slice.receivers, byReceiver),
          .kinds = namesOf(axes_->kinds, slice.kinds, std::vector<char>(kinds(), 1)),
          .rule = {}};
}

Numbers Grid::sum(const Slice& slice) const {
  Numbers all;
  for (std::size_t c = 0; c < categories(); ++c) {
    if (!slice.categories[c]) continue;
    for (std::size_t g = 0; g < receivers(); ++g) {
      const std::size_t pair = c * receivers() + g;
      if (!slice.receivers[g] || mails_[pair] <= 0) continue;
      all.mails += mails_[pair];
      for (std::size_t k = 0; k < kinds(); ++k) {
        if (!slice.kinds[k]) continue;
        all.seen += static_cast<double>(seen(pair, k));
        all.expected += static_cast<double>(expected(pair, k));
      }
    }
  }
  return all;
}

std::vector<Numbers> Grid::byKind(const Slice& slice) const {
  std::vector<Numbers> all(kinds());
  for (std::size_t c = 0; c < categories(); ++c) {
    if (!slice.categories[c]) continue;
    for (std::size_t g = 0; g < receivers(); ++g) {
      const std::size_t pair = c * receivers() + g;
      if (!slice.receivers[g] || mails_[pair] <= 0) continue;
      for (std::size_t k = 0; k < kinds(); ++k)
        all[k] +=
            Numbers{mails_[pair], static_cast<double>(seen(pair, k)), static_cast<double>(expected(pair, k))};
    }
  }
  return all;
}

void Grid::absorb(const Root& root, const Confusion& confusion, double limit) {
  const auto slice = sliceOf(root);
  if (!slice) return;
  const std::vector<Numbers> sums = byKind(*slice);
  double total = 0;
  std::vector<double> shares(kinds());
  for (std::size_t k = 0; k < kinds(); ++k)
    if (slice->kinds[k]) total += shares[k] = sums[k].excessShare();
  if (total <= 0) return;
  if (total > limit) {
    for (double& share : shares) share *= limit / total;
    total = limit;
  }
  if (!root.kinds.empty() && root.family == Family::shares)
    for (std::size_t k = 0; k < kinds(); ++k)
      if (!slice->kinds[k]) shares[k] = total * confusion.of(axes_->kinds[k]);
  for (std::size_t c = 0; c < categories(); ++c) {
    if (!slice->categories[c]) continue;
    for (std::size_t g = 0; g < receivers(); ++g) {
      const std::size_t pair = c * receivers() + g;
      if (!slice->receivers[g] || mails_[pair] <= 0) continue;
      for (std::size_t k = 0; k < kinds(); ++k)
        expected(pair, k) += static_cast<float>(shares[k] * mails_[pair]);
    }
  }
}

void absorb(Grids& grids, const Root& root, const Confusion& confusion, double limit) {
  // What a root holds is measured where it is shown.
  std::optional<double> evenly;
  for (const Grid& grid : grids)
    if (const auto slice = grid.sliceOf(root)) {
      const double whole = grid.sum(grid.whole()).mails;
      if (whole > 0)
        evenly = std::min(limit, grid.sum(*slice).excessShare()) * grid.sum(*slice).mails / whole;
    }
  for (Grid& grid : grids) {
    if (grid.sliceOf(root)) {
      grid.absorb(root, confusion, limit);
    } else if (evenly && grids.size() > 1) {
      for (std::size_t pair = 0; pair < grid.pairs(); ++pair)
        for (std::size_t k = 0; k < grid.kinds(); ++k)
          grid.expected(pair, k) +=
              static_cast<float>(*evenly * grid.mails(pair) / static_cast<double>(grid.kinds()));
    }
  }
}

Slice intersection(const Slice& a, const Slice& b) {
  return {both(a.categories, b.categories), both(a.receivers, b.receivers), both(a.kinds, b.kinds)};
}

bool isEmpty(const Slice& slice) {
  const auto none = [](const std::vector<char>& mask) { return std::ranges::find(mask, 1) == mask.end(); };
  return none(slice.categories) || none(slice.receivers) || none(slice.kinds);
}

}  // namespace arrivald::incidents
