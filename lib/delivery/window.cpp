#include "delivery/window.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::delivery {
namespace {

struct Tier {
  Duration age;
  Duration spacing;
};
// Older than `age`: one mark in `spacing`.
constexpr Tier kTiers[] = {{std::chrono::hours(3), std::chrono::minutes(5)},
                           {std::chrono::hours(26), std::chrono::hours(1)}};

Counts difference(const Mark& later, const Mark& earlier) {
  Counts counts;
  for (const auto metric : allMetrics()) {
    const auto i = static_cast<std::size_t>(metric);
    counts[metric] = static_cast<std::uint32_t>(later.totals[i] - earlier.totals[i]);
  }
  return counts;
}

// The share of `counts` that falls into `part` of `whole`, rounded.
Counts share(const Counts& counts, Duration part, Duration whole) {
  Counts shared;
  const double ratio = static_cast<double>(part.count()) / static_cast<double>(whole.count());
  for (const auto metric : allMetrics())
    if (counts[metric] != 0)  // a difference of totals, so never negative
      shared[metric] = static_cast<std::int64_t>(static_cast<double>(counts[metric]) * ratio + 0.5);
  return shared;
}

Duration spacingAt(Duration age) {
  Duration spacing{};
  for (const auto& tier : kTiers)
    if (age > tier.age) spacing = tier.spacing;
  return spacing;
}

}  // namespace

Series::Change Series::add(Instant from, Instant to, const Counts& gained) {
  Change change;
  if (marks_.empty()) {
    // The series begins where the increment begins; a baseline has from == to and gains nothing.
    marks_.push_back({from, Duration{}, {}});
    change.added.push_back(marks_.back());
    if (from == to) return change;
  }
  const auto& last = marks_.back();
  if (to <= last.at) return change;
  Mark mark{to, to - std::max(from, last.at), last.totals};
  // A source that was not read for a while, or a subject that was away: the whole span is one gap.
  mark.gap = std::max(mark.gap, to - last.at);
  for (const auto metric : allMetrics())
    mark.totals[static_cast<std::size_t>(metric)] += static_cast<std::uint32_t>(gained[metric]);

  // Two quiet spans in a row are one: an idle subject keeps two marks however long it idles.
  if (marks_.size() >= 2 && mark.totals == last.totals && last.totals == marks_[marks_.size() - 2].totals) {
    mark.gap = std::max(mark.gap, last.gap);
    change.removed.push_back(last.at);
    marks_.pop_back();
  }
  marks_.push_back(mark);
  change.added.push_back(mark);
  thin(to, change);
  return change;
}

void Series::thin(Instant now, Change& change) {
  // Thinning walks over all marks, so it is done every quarter of an hour, not at every read.
  if (now - thinned_ < std::chrono::minutes(15)) return;
  thinned_ = now;
  std::vector<Mark> kept;
  kept.reserve(marks_.size());
  Duration carried{};
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    auto mark = marks_[i];
    mark.gap = std::max(mark.gap, carried);
    const auto age = now - mark.at;
    const auto spacing = spacingAt(age);
    const bool lastOne = i + 1 >= marks_.size();
    // A mark may go if its successor is still within the spacing from what was kept before it. The edges of a
    // long gap stay: it must not smear into the time around it.
    const bool besideGap = !lastOne && (marks_[i + 1].gap > spacing || mark.gap > spacing);
    if (!lastOne && !kept.empty() && !besideGap && spacing > Duration{} &&
        marks_[i + 1].at - kept.back().at <= spacing) {
      carried = mark.gap;
      change.removed.push_back(mark.at);
      continue;
    }
    if (mark.gap != marks_[i].gap) {
      change.removed.push_back(mark.at);
      change.added.push_back(mark);
    }
    carried = {};
    kept.push_back(mark);
  }
  // The mark before the oldest window's edge is still needed for that edge.
  std::size_t old = 0;
  while (old + 1 < kept.size() && now - kept[old + 1].at > kKept) ++old;
  for (std::size_t i = 0; i < old; ++i) change.removed.push_back(kept[i].at);
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(old));
  marks_ = std::move(kept);
  // A mark that was added and removed in the same breath is no news to the store.
  std::erase_if(change.added, [&](const Mark& mark) {
    return !std::binary_search(marks_.begin(), marks_.end(), mark,
                               [](const Mark& a, const Mark& b) { return a.at < b.at; });
  });
}

WindowSum Series::sum(Duration window, Instant end, Duration patience) const {
  WindowSum sum;
  sum.window = window;
  if (marks_.empty() || window <= Duration::zero()) return sum;
  const auto begin = end - window;
  const auto after = [](Instant at, const Mark& mark) { return at < mark.at; };
  // The marks around both edges: `low` is the last at or before the beginning, `high` the first at or after
  // the end.
  const auto afterBegin = std::upper_bound(marks_.begin(), marks_.end(), begin, after);
  const auto afterEnd = std::upper_bound(marks_.begin(), marks_.end(), end, after);
  const auto lastWithin = afterEnd == marks_.begin() ? marks_.end() : std::prev(afterEnd);
  sum.tail = end > marks_.back().at ? end - marks_.back().at : Duration{};
  if (lastWithin == marks_.end()) return sum;

  const bool fromBeginning = afterBegin != marks_.begin();
  const auto& low = fromBeginning ? *std::prev(afterBegin) : marks_.front();
  sum.counts = difference(*lastWithin, low);
  if (fromBeginning && afterBegin != marks_.end() && low.at < begin) {
    const auto& next = *afterBegin;
    // What lies between the two marks around the old edge: the part before the edge does not belong.
    sum.counts -= share(difference(next, low), begin - low.at, next.at - low.at);
    sum.longestGap = std::max(sum.longestGap, next.gap);
  }
  if (afterEnd != marks_.end() && lastWithin->at < end) {
    const auto& next = *afterEnd;
    sum.counts += share(difference(next, *lastWithin), end - lastWithin->at, next.at - lastWithin->at);
    sum.longestGap = std::max(sum.longestGap, next.gap);
  }
  for (auto mark = afterBegin; mark != afterEnd; ++mark) sum.longestGap = std::max(sum.longestGap, mark->gap);
  const auto coveredTo = std::min(end, marks_.back().at);
  const auto coveredFrom = std::max(begin, marks_.front().at);
  sum.covered = std::max(Duration{}, coveredTo - coveredFrom);
  if (coveredTo <= begin) sum.counts = {};
  sum.known = fromBeginning && sum.longestGap <= window && sum.tail <= patience && sum.covered > Duration{};
  return sum;
}

std::vector<std::optional<Counts>> Series::buckets(Duration each, std::size_t buckets, Instant end) const {
  std::vector<std::optional<Counts>> all(buckets);
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto bucketEnd = end - each * static_cast<Duration::rep>(buckets - 1 - i);
    const auto part = sum(each, bucketEnd, each / 2);
    if (part.known) all[i] = part.counts;
  }
  return all;
}

std::optional<Instant> Series::begin() const {
  if (marks_.empty()) return std::nullopt;
  return marks_.front().at;
}

std::optional<Instant> Series::lastRead() const {
  if (marks_.empty()) return std::nullopt;
  return marks_.back().at;
}

std::optional<Instant> Series::lastChange() const {
  for (std::size_t i = marks_.size(); i-- > 1;)
    if (marks_[i].totals != marks_[i - 1].totals) return marks_[i].at;
  return std::nullopt;
}

void Series::restore(Mark mark) { marks_.push_back(mark); }

void Series::shift(Duration step) {
  for (auto& mark : marks_) mark.at += step;
  if (thinned_ != Instant{}) thinned_ += step;
}

Series::Change Windows::add(const Increment& increment) {
  return series_[increment.subject].add(increment.from, increment.to, increment.counts);
}

const Series* Windows::find(const Subject& subject) const {
  const auto found = series_.find(subject);
  return found == series_.end() ? nullptr : &found->second;
}

WindowSum Windows::sum(const Subject& subject, Duration window, Instant end, Duration patience) const {
  const auto* series = find(subject);
  if (series) return series->sum(window, end, patience);
  WindowSum unknown;
  unknown.window = window;
  return unknown;
}

void Windows::shift(Duration step) {
  for (auto& [subject, series] : series_) series.shift(step);
}

}  // namespace arrivald::delivery
