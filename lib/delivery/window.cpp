#include "delivery/window.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace arrivald::delivery {
namespace {

// So long each read has a mark.
constexpr Duration kFinest = std::chrono::hours(3);

struct Tier {
  Duration age;
  Duration spacing;
};
// Beyond `age` the last mark of each full `spacing` is kept. Ordered from the oldest tier to the newest.
std::array<Tier, 2> tiersOf(Series::Grain grain) {
  const Duration oldest =
      grain == Series::Grain::hour ? Duration(std::chrono::hours(1)) : Duration(std::chrono::minutes(15));
  return {{{std::chrono::hours(26), oldest}, {kFinest, std::chrono::minutes(5)}}};
}
// Spacings begin at whole multiples since 1970, so that hours and quarter hours are those of nearly all
// zones.
std::int64_t cellOf(Instant at, Duration spacing) {
  return std::chrono::floor<Duration>(at.time_since_epoch()) / spacing;
}
// Thinning moves marks within the vector, so it is not done at every read.
constexpr Duration kThinEvery = std::chrono::minutes(30);
// Late counts are of whole minutes, at their ends.
constexpr Duration kLateMinute = std::chrono::minutes(1);
// Capacity grows by this many marks: doubling would cost a busy subject up to twice its memory.
constexpr std::size_t kRoom = 64;

Counts difference(const Mark& later, const Mark& earlier) {
  Counts counts;
  for (const auto metric : allMetrics()) {
    const auto i = static_cast<std::size_t>(metric);
    counts[metric] = static_cast<std::uint32_t>(later.totals[i] - earlier.totals[i]);
  }
  return counts;
}

// What was counted between two marks, scaled to `part` of the time between them and rounded.
Counts share(const Mark& later, const Mark& earlier, Duration part) {
  const auto counts = difference(later, earlier);
  const double factor =
      static_cast<double>(part.count()) / static_cast<double>((later.at - earlier.at).count());
  Counts shared;
  for (const auto metric : allMetrics())
    if (counts[metric] != 0)  // a difference of totals, so never negative
      shared[metric] = std::llround(static_cast<double>(counts[metric]) * factor);
  return shared;
}

// Lies that lasted longer stay in the windows.
constexpr Duration kRebasedWithin = std::chrono::hours(24);
// A small one passes through levels that are reached again after it: its begin is further back.
constexpr Duration kLedOnWithin = std::chrono::hours(2);
constexpr double kLeadsOn = 0.75;

double paceOf(const Counts& gained, Duration elapsed) {
  const auto mails = gained[Metric::requests] > 0 ? gained[Metric::requests] : gained.outcomeEvents();
  return elapsed > Duration{} ? static_cast<double>(mails) / static_cast<double>(elapsed.count()) : 0;
}

Counts part(const Counts& counts, Duration some, Duration whole) {
  const double factor = static_cast<double>(some.count()) / static_cast<double>(whole.count());
  Counts scaled;
  for (const auto metric : allMetrics())
    scaled[metric] = std::llround(static_cast<double>(counts[metric]) * factor);
  return scaled;
}

// Whether two intervals between reads may be merged: both are shorter than any window, or they differ by at
// most a quarter. Otherwise a long gap would be taken for part of a quiet period around it.
bool alike(Duration a, Duration b) {
  const auto [shorter, longer] = std::minmax(a, b);
  return longer <= Series::kShortestWindow || 4 * longer <= 5 * shorter;
}

// Idle intervals are merged: what is added within a long one would be spread over all of it, so the quiet
// times before and after the minute that ends at `at` get marks of their own.
void keepQuiet(std::vector<Mark>& marks, Instant at, Series::Change& change) {
  const auto later = std::ranges::lower_bound(marks, at, {}, &Mark::at);
  if (later == marks.begin() || later == marks.end()) return;
  const auto earlier = std::prev(later);
  if (earlier->totals != later->totals) return;
  std::vector<Mark> quiet;
  const auto isOwn = [&](Instant end) { return end > earlier->at && end < later->at; };
  const Mark mark{at - kLateMinute, later->gap, earlier->totals, earlier->stale};
  if (isOwn(mark.at)) {
    quiet.push_back(mark);
    change.added.push_back(mark);
  }
  // What is older would not be thinned any more.
  if (isOwn(at) && marks.back().at - at < kFinest) quiet.push_back({at, mark.gap, mark.totals, mark.stale});
  marks.insert(later, quiet.begin(), quiet.end());
}

}  // namespace

void Series::append(const Mark& mark) {
  if (marks_.size() == marks_.capacity()) marks_.reserve(marks_.size() + (marks_.empty() ? 2 : kRoom));
  marks_.push_back(mark);
}

Series::Change Series::add(Instant from, Instant to, const Counts& gained, Metrics stale) {
  Change change;
  if (marks_.empty()) {
    // The series begins at `from`; a baseline has from == to and gains nothing.
    append({from, {}, {}, from == to ? stale : Metrics()});
    change.added.push_back(marks_.back());
    if (from == to) return change;
  }
  const auto& last = marks_.back();
  if (to <= last.at) return change;
  // Not `from`: a subject that was left out of reads in between has a gap since its own last read.
  const auto gap = std::min(to - last.at, Duration(Mark::Gap::max()));
  Mark mark{to, gap, last.totals, stale};
  for (const auto metric : allMetrics())
    mark.totals[static_cast<std::size_t>(metric)] += static_cast<std::uint32_t>(gained[metric]);

  // Two consecutive intervals without a change are merged: an idle subject keeps two marks however long it
  // stays idle.
  const bool quiet =
      marks_.size() >= 2 && mark.totals == last.totals && last.totals == marks_[marks_.size() - 2].totals;
  if (quiet && alike(mark.gap, last.gap) && mark.stale == last.stale) {
    mark.gap = std::max(mark.gap, last.gap);
    change.removed.push_back(last.at);
    marks_.back() = mark;
  } else {
    append(mark);
  }
  change.added.push_back(mark);
  thin(to, change);
  return change;
}

Series::Change Series::addLate(Instant at, const Counts& gained) {
  Change change;
  keepQuiet(marks_, at, change);
  for (auto i = marks_.size(); i-- > 1 && marks_[i].at >= at;) {
    for (const auto metric : allMetrics())
      marks_[i].totals[static_cast<std::size_t>(metric)] += static_cast<std::uint32_t>(gained[metric]);
    change.added.push_back(marks_[i]);
  }
  return change;
}

Series::Change Series::unlearn(Instant since, Metrics metrics) {
  Change change;
  const auto from = indexAfter(since);
  if (from == 0) return change;
  const auto known = marks_[from - 1].totals;
  for (auto i = from; i < marks_.size(); ++i) {
    auto& mark = marks_[i];
    for (const auto metric : allMetrics())
      if (metrics.contains(metric))
        mark.totals[static_cast<std::size_t>(metric)] = known[static_cast<std::size_t>(metric)];
    mark.stale |= metrics;
    change.added.push_back(mark);
  }
  return change;
}

// What had been counted of the day up to a mark, if `level` is up to the last one.
Counts Series::levelAt(std::size_t mark, const Counts& level) const {
  return level - difference(marks_.back(), marks_[mark]);
}

Series::Footing Series::footingOf(const Counts& level, const std::vector<Shown>& shown) const {
  const auto& first = shown.front();
  const auto isReached = [&](std::size_t mark) {
    const auto then = levelAt(mark, level);
    return std::ranges::all_of(allMetrics(),
                               [&](Metric metric) { return then[metric] <= first.totals[metric]; });
  };
  const auto before = [&](Instant at) {
    const auto after = indexAfter(at);
    return after > 0 ? after - 1 : 0;
  };
  auto mark = before(first.at - std::chrono::milliseconds(1));
  const auto oldest = before(first.at - kRebasedWithin);
  while (mark > oldest && !(isReached(mark) && marks_[mark].stale.empty())) --mark;
  const double pace = paceOf(shown.back().totals - first.totals, shown.back().at - first.at);
  const auto furthest = before(marks_[mark].at - kLedOnWithin);
  for (auto each = mark + 1; each-- > furthest;) {
    const auto then = levelAt(each, level);
    if (then[Metric::requests] < 0) break;
    if (marks_[each].stale.empty() && isReached(each) &&
        paceOf(first.totals - then, first.at - marks_[each].at) >= kLeadsOn * pace)
      return {each, true};
  }
  return {mark, false};
}

Series::Change Series::rebase(const Counts& level, const std::vector<Shown>& shown) {
  Change change;
  if (marks_.empty() || shown.empty()) return change;
  const auto [base, leadsOn] = footingOf(level, shown);
  const auto from = marks_[base];
  const auto& first = shown.front();
  auto gained = first.totals - levelAt(base, level);
  for (const auto metric : allMetrics()) gained[metric] = std::max<std::int64_t>(0, gained[metric]);
  const auto put = [&](Mark mark, const Counts& since) {
    for (const auto metric : allMetrics()) {
      const auto i = static_cast<std::size_t>(metric);
      mark.totals[i] = from.totals[i] + static_cast<std::uint32_t>(since[metric]);
    }
    change.added.push_back(mark);
  };
  for (auto i = base + 1; i < marks_.size(); ++i) {
    auto mark = marks_[i];
    change.removed.push_back(mark.at);
    if (mark.at >= first.at) continue;
    mark.stale = leadsOn ? Metrics() : Metrics::all();
    put(mark, leadsOn ? part(gained, mark.at - from.at, first.at - from.at) : Counts{});
  }
  for (const auto& one : shown) {
    const auto& last = change.added.empty() ? from : change.added.back();
    if (one.at <= last.at) continue;
    const auto gap = std::min(one.at - last.at, Duration(Mark::Gap::max()));
    put({one.at, gap, {}, {}}, gained + one.totals - first.totals);
  }
  marks_.resize(base + 1);
  for (const auto& mark : change.added) append(mark);
  return change;
}

// Whether what was counted between two marks is a step.
bool Series::isSteep(std::size_t earlier, std::size_t later) const {
  constexpr Duration kAround = std::chrono::hours(1);
  constexpr double kSteep = 4;
  const auto& from = marks_[earlier];
  const auto& to = marks_[later];
  const auto inside = difference(to, from);
  const auto first = std::min(earlier, indexAfter(from.at - kAround));
  const auto last = std::max(later, indexAfter(to.at + kAround) - 1);
  const auto around = difference(marks_[last], marks_[first]) - inside;
  const auto time = marks_[last].at - marks_[first].at - (to.at - from.at);
  return paceOf(inside, to.at - from.at) > kSteep * paceOf(around, time);
}

std::optional<Series::Passage> Series::passed(const Counts& missing, Metrics told, Instant since) const {
  if (told.empty() || marks_.empty()) return std::nullopt;
  auto later = marks_.size() - 1;
  Counts after;  // what was gained since that mark
  for (auto earlier = later; earlier-- > 0 && marks_[later].at > since;) {
    if (marks_[earlier].stale.intersects(told)) continue;
    const auto gained = difference(marks_.back(), marks_[earlier]);
    bool fits = true, isAtBegin = true, isAtEnd = true;
    for (const auto metric : allMetrics()) {
      if (!told.contains(metric)) continue;
      if (missing[metric] < after[metric]) return std::nullopt;
      fits = fits && missing[metric] <= gained[metric];
      isAtBegin = isAtBegin && missing[metric] == gained[metric];
      isAtEnd = isAtEnd && missing[metric] == after[metric];
    }
    if (fits)
      return Passage{marks_[earlier].at, marks_[later].at, !isAtBegin && !isAtEnd && isSteep(earlier, later)};
    later = earlier;
    after = gained;
  }
  return std::nullopt;
}

// The index of the first mark later than `at`. Searched from the end: most windows are short.
std::size_t Series::indexAfter(Instant at) const {
  std::size_t high = marks_.size();
  std::size_t step = 1;
  while (step < high && marks_[high - step].at > at) {
    high -= step;
    step *= 2;
  }
  const auto low = marks_.begin() + static_cast<std::ptrdiff_t>(step < high ? high - step : 0);
  const auto found = std::upper_bound(low, marks_.begin() + static_cast<std::ptrdiff_t>(high), at,
                                      [](Instant time, const Mark& mark) { return time < mark.at; });
  return static_cast<std::size_t>(found - marks_.begin());
}

namespace {

// Marks that a tier is to thin.
struct Range {
  std::size_t begin;
  std::size_t end;
  Duration spacing;
};

// Leaves one of two marks of a cell, in the place of the later one: the later, or the earlier where only its
// read told everything, since one that did not leaves the intervals on both sides unknown.
void mergeMarks(const Mark& earlier, Mark& later, bool mayBeEarlier, Series::Change& change) {
  const auto gap = std::max(earlier.gap, later.gap);
  const bool keepEarlier = mayBeEarlier && earlier.stale.empty() && !later.stale.empty();
  change.removed.push_back(keepEarlier ? later.at : earlier.at);
  if (keepEarlier) later = earlier;
  if (!keepEarlier && gap == later.gap) return;
  later.gap = gap;
  change.added.push_back(later);
}

}  // namespace

// Looks only at marks that entered a tier since the last thinning; all others stay as they are.
void Series::thin(Instant now, Change& change) {
  if (now - thinned_ < kThinEvery) return;
  const auto tiers = tiersOf(grain_);
  std::array<Range, std::tuple_size_v<decltype(tiers)>> ranges{};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& [age, spacing] = tiers[i];
    const auto begin = i == 0 ? 0 : ranges[i - 1].end;
    const auto end = std::max(begin, std::min(indexAfter(now - age), marks_.size() - 1));
    ranges[i] = {std::clamp(indexAfter(thinned_ - age - spacing), begin, end), end, spacing};
  }

  // Compacts the vector in place: [0, to) is done, [from, size) is still to be processed.
  std::size_t from = 0;
  std::size_t to = 0;
  const auto keepUntil = [&](std::size_t index) {
    if (from != to)
      std::move(marks_.begin() + static_cast<std::ptrdiff_t>(from),
                marks_.begin() + static_cast<std::ptrdiff_t>(index),
                marks_.begin() + static_cast<std::ptrdiff_t>(to));
    to += index - from;
    from = index;
  };
  // The mark before the oldest window's begin is still needed to interpolate it.
  while (from + 1 < marks_.size() && now - marks_[from + 1].at > kKept)
    change.removed.push_back(marks_[from++].at);
  for (const auto& range : ranges) {
    keepUntil(std::max(from, range.begin));
    for (; from < range.end; ++from) {
      const auto& mark = marks_[from];
      auto& next = marks_[from + 1];
      // A mark may be removed if its successor is in the same cell, and if no gap longer than the spacing
      // ends at it.
      const bool afterGap = to > 0 && mark.at - marks_[to - 1].at > range.spacing;
      if (to > 0 && !afterGap && cellOf(next.at, range.spacing) == cellOf(mark.at, range.spacing)) {
        mergeMarks(mark, next, from + 1 < range.end, change);
      } else {
        marks_[to++] = mark;
      }
    }
  }
  keepUntil(marks_.size());
  marks_.resize(to);
  thinned_ = now;

  // A mark that was both added and removed by this call need not be stored.
  std::erase_if(change.added, [this](Mark& mark) {
    const auto after = indexAfter(mark.at);
    if (after == 0 || marks_[after - 1].at != mark.at) return true;
    mark = marks_[after - 1];
    return false;
  });
}

// The running total of a metric at an instant, from the marks around it that tell it. Nothing if there are
// none, or if it grew between them and they are further apart than the window.
std::optional<double> Series::totalAt(std::size_t metric, Instant at, Duration window) const {
  const auto tells = [&](const Mark& mark) { return !mark.stale.contains(static_cast<Metric>(metric)); };
  const auto after = static_cast<std::ptrdiff_t>(indexAfter(at));
  const auto earlier = std::find_if(std::make_reverse_iterator(marks_.begin() + after), marks_.rend(), tells);
  if (earlier == marks_.rend()) return std::nullopt;
  const auto since = [&](const Mark& mark) {
    return static_cast<double>(
        static_cast<std::uint32_t>(mark.totals[metric] - marks_.front().totals[metric]));
  };
  if (earlier->at == at) return since(*earlier);
  const auto later = std::find_if(marks_.begin() + after, marks_.end(), tells);
  if (later == marks_.end())
    return earlier == marks_.rbegin() ? std::optional(since(*earlier)) : std::nullopt;
  if (earlier->totals[metric] == later->totals[metric]) return since(*earlier);
  if (later->at - earlier->at > std::max(window, kShortestWindow)) return std::nullopt;
  const double part = static_cast<double>((at - earlier->at).count()) /
                      static_cast<double>((later->at - earlier->at).count());
  return since(*earlier) + part * (since(*later) - since(*earlier));
}

// Sums the metrics that marks around the window's ends do not tell by those that do.
void Series::addStale(WindowSum& sum, Instant end, Metrics stale) const {
  for (const auto metric : allMetrics()) {
    if (!stale.contains(metric)) continue;
    const auto index = static_cast<std::size_t>(metric);
    const auto from = totalAt(index, end - sum.window, sum.window);
    const auto to = totalAt(index, end, sum.window);
    if (from && to)
      sum.counts[metric] = std::llround(*to - *from);
    else
      sum.unknown.insert(metric);
  }
}

WindowSum Series::sum(Duration window, Instant end, Duration maxAge) const {
  WindowSum sum;
  sum.window = window;
  if (marks_.empty() || window <= Duration::zero()) return sum;
  const auto begin = end - window;
  const auto& last = marks_.back();
  const auto afterEnd = end >= last.at ? marks_.size() : indexAfter(end);
  sum.tail = std::max(Duration{}, end - last.at);
  if (afterEnd == 0) return sum;
  const auto afterBegin = indexAfter(begin);
  const bool fromBeginning = afterBegin > 0;

  if (afterBegin < marks_.size()) {
    const auto& low = marks_[fromBeginning ? afterBegin - 1 : 0];
    const auto& high = marks_[afterEnd - 1];
    sum.counts = difference(high, low);
    // Of what was counted between the two marks around the begin, subtract what lies before it.
    if (fromBeginning && low.at < begin) sum.counts -= share(marks_[afterBegin], low, begin - low.at);
    if (afterEnd < marks_.size() && high.at < end) sum.counts += share(marks_[afterEnd], high, end - high.at);
  }
  Metrics stale = marks_[afterEnd - 1].stale;
  if (afterEnd < marks_.size()) stale |= marks_[afterEnd].stale;
  if (fromBeginning) stale |= marks_[afterBegin - 1].stale;
  if (afterBegin < marks_.size()) stale |= marks_[afterBegin].stale;
  if (!stale.empty()) addStale(sum, end, stale);
  const bool endsBetween = afterEnd < marks_.size() && marks_[afterEnd - 1].at < end;
  const auto gapsEnd = afterEnd + (endsBetween ? 1 : 0);
  for (auto i = afterBegin; i < gapsEnd; ++i)
    sum.longestGap = std::max(sum.longestGap, Duration(marks_[i].gap));
  const auto coveredTo = std::min(end, last.at);
  const auto coveredFrom = std::max(begin, marks_.front().at);
  sum.covered = std::max(Duration{}, coveredTo - coveredFrom);
  sum.known = fromBeginning && sum.longestGap <= window && sum.tail <= maxAge && sum.covered > Duration{};
  return sum;
}

double Series::shareOf(Instant happened, Instant added, Duration window, Instant end) const {
  const auto markFrom = [this](Instant at) { return std::ranges::lower_bound(marks_, at, {}, &Mark::at); };
  auto later = markFrom(added);
  if (later == marks_.begin() || later == marks_.end()) return 0;
  if (happened <= std::prev(later)->at) later = markFrom(happened);
  if (later == marks_.begin()) return 0;
  const auto earlier = std::prev(later)->at;
  const auto inside = std::min(later->at, end) - std::max(earlier, end - window);
  return std::max(0.0,
                  static_cast<double>(inside.count()) / static_cast<double>((later->at - earlier).count()));
}

std::vector<std::optional<Counts>> Series::buckets(Duration each, std::size_t buckets, Instant end,
                                                   Metrics told) const {
  std::vector<std::optional<Counts>> all(buckets);
  for (std::size_t i = 0; i < buckets; ++i) {
    const auto bucketEnd = end - each * static_cast<Duration::rep>(buckets - 1 - i);
    const auto part = sum(each, bucketEnd, each / 2);
    if (part.knows(told)) all[i] = part.counts;
  }
  return all;
}

std::int64_t Series::openMail(Duration past) const {
  std::int64_t most = 0;
  for (auto mark = marks_.rbegin(); mark != marks_.rend() && marks_.back().at - mark->at <= past; ++mark) {
    const auto since = difference(marks_.back(), *mark);
    most = std::max(most, since[Metric::requests] - since.outcomeEvents() - since.dropped());
  }
  return most;
}

std::optional<Usual> Series::usual() const {
  constexpr Duration kBegun = std::chrono::minutes(5);
  constexpr Duration kRecent = std::chrono::minutes(16);
  if (marks_.size() < 2 || marks_.back().at - marks_.front().at < kBegun) return std::nullopt;
  Usual usual;
  for (std::size_t i = 1; i < marks_.size(); ++i) {
    const auto elapsed = marks_[i].at - marks_[i - 1].at;
    const auto gained = difference(marks_[i], marks_[i - 1]);
    usual.fastest.fade(elapsed);
    for (const auto metric : allMetrics()) usual.fastest.note(metric, gained[metric], elapsed);
  }
  const auto since = std::ranges::lower_bound(marks_, marks_.back().at - kRecent, {}, &Mark::at);
  usual.recent = paceOf(difference(marks_.back(), *since), kRecent);
  return usual;
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

std::optional<Instant> Series::lastChange(Metric metric) const {
  const auto index = static_cast<std::size_t>(metric);
  for (std::size_t i = marks_.size(); i-- > 1;)
    if (marks_[i].totals[index] != marks_[i - 1].totals[index]) return marks_[i].at;
  return std::nullopt;
}

void Series::restore(const Mark& mark) {
  if (marks_.empty() || mark.at > marks_.back().at) append(mark);
}

void Series::shift(Duration step) {
  for (auto& mark : marks_) mark.at += step;
  if (thinned_ != Instant{}) thinned_ += step;
}

Series& Windows::at(const Subject& subject) {
  const auto grain =
      subject.dimension == Dimension::account ? Series::Grain::quarterHour : Series::Grain::hour;
  return series_.try_emplace(subject, grain).first->second;
}

Series::Change Windows::add(const Increment& increment) {
  auto& series = at(increment.subject);
  const auto& recount = increment.recount;
  auto counts = increment.counts + increment.below;
  if (!recount && !increment.rebase) return series.add(increment.from, increment.to, counts, increment.stale);
  if (recount)
    for (const auto metric : allMetrics())
      if (recount->metrics.contains(metric)) counts[metric] += recount->gained[metric];
  auto change = recount ? series.unlearn(recount->since, recount->metrics)
                        : series.rebase(increment.rebase->level, increment.rebase->shown);
  const auto added = series.add(increment.from, increment.to, counts, increment.stale);
  std::erase_if(change.added, [&](const Mark& mark) {
    return std::ranges::find(added.removed, mark.at) != added.removed.end();
  });
  change.removed.insert(change.removed.end(), added.removed.begin(), added.removed.end());
  change.added.insert(change.added.end(), added.added.begin(), added.added.end());
  return change;
}

const Series* Windows::find(const Subject& subject) const {
  const auto found = series_.find(subject);
  return found == series_.end() ? nullptr : &found->second;
}

WindowSum Windows::sum(const Subject& subject, Duration window, Instant end, Duration maxAge) const {
  const auto* series = find(subject);
  if (series) return series->sum(window, end, maxAge);
  WindowSum unknown;
  unknown.window = window;
  return unknown;
}

void Windows::shift(Duration step) {
  for (auto& [subject, series] : series_) series.shift(step);
}

}  // namespace arrivald::delivery
