#include "stream/completeness.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace arrivald::stream {

using delivery::Mark;
using delivery::Metric;

namespace {

// How far back the statistics' usual lead is looked for: a night, in which the two are level.
constexpr Duration kPast = std::chrono::hours(26);
// After so long without an event both sources have counted the same mail.
constexpr Duration kLevelAfter = std::chrono::minutes(30);
constexpr Duration kMinute = std::chrono::minutes(1);
// For so long after a stream has begun the statistics may still count mail of the time before. Meanwhile only
// the last few minutes are judged, and parts that no event has at all.
constexpr Duration kSettles = std::chrono::minutes(20);
constexpr Duration kShortest = std::chrono::minutes(3);

std::uint32_t total(const Mark& mark, std::initializer_list<Metric> metrics) {
  std::uint32_t sum = 0;
  for (const auto metric : metrics) sum += mark.totals[static_cast<std::size_t>(metric)];
  return sum;
}

std::uint32_t total(const Mark& mark, Part part) {
  switch (part) {
    case Part::processed:
      return total(mark, {Metric::processed});
    case Part::delivered:
      return total(mark, {Metric::delivered});
    case Part::failed:
      return total(mark, {Metric::bounces, Metric::blocks});
    case Part::dropped:
      break;
  }
  return total(mark, {Metric::bounceDrops, Metric::spamReportDrops, Metric::unsubscribeDrops,
                      Metric::invalidEmails, Metric::drops});
}

// What had been counted up to an instant, asked for in ascending order.
class Counted {
 public:
  Counted(std::span<const Mark> marks, Part part) : marks_(marks), part_(part) {}
  std::uint32_t at(Instant instant) {
    while (next_ < marks_.size() && marks_[next_].at <= instant) ++next_;
    return total(marks_[next_ == 0 ? 0 : next_ - 1], part_);
  }

 private:
  std::span<const Mark> marks_;
  Part part_;
  std::size_t next_ = 0;
};

// Modulo 2^32, as totals are.
std::int64_t difference(std::uint32_t later, std::uint32_t earlier) {
  return static_cast<std::int32_t>(later - earlier);
}

// By how much the statistics were ahead after the pauses before `from`, in which they caught up with the
// stream. Both are counted from where they stood first. Nothing if there was no pause.
std::optional<std::int64_t> leadAfterPauses(Part part, std::span<const Mark> read,
                                            std::span<const Mark> streamed, std::uint32_t firstRead,
                                            std::uint32_t firstStreamed, Instant from) {
  Counted statistics(read, part);
  std::optional<std::int64_t> best;
  const Mark* begin = &streamed.front();
  for (const auto& mark : streamed) {
    if (mark.at > from) break;
    if (total(mark, part) != total(*begin, part)) begin = &mark;
    if (mark.at - begin->at < kLevelAfter || mark.at < read.front().at) continue;
    const auto lead =
        difference(statistics.at(mark.at), firstRead) - difference(total(mark, part), firstStreamed);
    best = std::max(best.value_or(lead), lead);
  }
  return best;
}

// What one part gained, and by how much the statistics got ahead of the stream.
struct Course {
  PartGained gained;
  std::int64_t rise = 0;    // beyond the greatest lead before
  bool isLevelled = false;  // there was a pause, after which both were level
};

Course courseOf(Part part, std::span<const Mark> read, std::span<const Mark> streamed, Instant from) {
  Counted prompt(streamed, part);
  const auto firstRead = total(read.front(), part);
  const auto firstStreamed = prompt.at(read.front().at + kEventsArriveWithin);
  std::int64_t lead = 0, bestLead = 0, readBefore = 0, heardBefore = 0, counted = 0, heard = 0;
  for (const auto& mark : read) {
    counted = difference(total(mark, part), firstRead);
    heard = difference(prompt.at(mark.at + kEventsArriveWithin), firstStreamed);
    lead = counted - heard;
    if (&mark != &read.front() && mark.at > from) continue;
    bestLead = &mark == &read.front() ? lead : std::max(bestLead, lead);
    readBefore = counted;
    heardBefore = heard;
  }
  const auto level = leadAfterPauses(part, read, streamed, firstRead, firstStreamed, from);
  bestLead = std::max(bestLead, level.value_or(bestLead));
  return {{part, counted - readBefore, heard - heardBefore, 0}, lead - bestLead, level.has_value()};
}

// What the stream told of in the time before `from` that the statistics may not have counted by then. While
// mail flows they are always some way behind: how far shows only once it has paused, or by its course.
std::int64_t onTheWay(Part part, std::span<const Mark> streamed, Instant from, Duration behind) {
  Counted around(streamed, part);
  const auto early = around.at(from - behind);
  return difference(around.at(from), early);
}

// The reads from which on both are known, up to those whose mail has to be in the stream.
class Common {
 public:
  // Reads that did not tell everything compare to nothing.
  Common(const delivery::Series& statistics, const delivery::Series& events, Instant from, Instant now) {
    if (statistics.empty() || events.empty()) return;
    std::ranges::copy_if(statistics.marks(), std::back_inserter(read_),
                         [](const Mark& mark) { return mark.stale.empty(); });
    const auto first = std::ranges::lower_bound(read_, std::max({*statistics.begin(), *events.begin(), from}),
                                                {}, &Mark::at);
    const auto end = std::ranges::upper_bound(read_, now - kEventsArriveWithin, {}, &Mark::at);
    if (end - first >= 2) marks_ = {&*first, static_cast<std::size_t>(end - first)};
  }
  std::span<const Mark> marks() const { return marks_; }

 private:
  std::vector<Mark> read_;
  std::span<const Mark> marks_;
};

// By how much the statistics' lead varies if they are so far behind: the standard deviation, in mails.
std::optional<double> spreadAt(Duration behind, std::span<const Mark> read, std::span<const Mark> streamed) {
  constexpr int kEnough = 10;
  const auto begin = streamed.front().at + behind;
  double sum = 0, squares = 0;
  int n = 0;
  std::size_t next = 0;
  std::uint32_t first = 0;
  for (const auto& mark : read) {
    const auto at = mark.at - behind;
    if (mark.at < begin) continue;
    while (next < streamed.size() && streamed[next].at <= at) ++next;
    const auto& earlier = streamed[next == 0 ? 0 : next - 1];
    const auto& later = streamed[std::min(next, streamed.size() - 1)];
    const auto span = static_cast<double>((later.at - earlier.at).count());
    const double part = span > 0 ? static_cast<double>((at - earlier.at).count()) / span : 0;
    const auto told = total(earlier, Part::processed);
    const double meanwhile = part * static_cast<double>(difference(total(later, Part::processed), told));
    if (n == 0) first = total(mark, Part::processed) - told;
    const double lead =
        static_cast<double>(difference(total(mark, Part::processed) - told, first)) - meanwhile;
    sum += lead;
    squares += lead * lead;
    ++n;
  }
  if (n < kEnough) return std::nullopt;
  return std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
}

Behind behindOf(std::span<const Mark> read, std::span<const Mark> streamed) {
  // What lies within it of the best fit fits as well: reads come in lumps and mail by chance.
  constexpr double kAsGood = 1.3, kMails = 1;
  std::vector<std::pair<Duration, double>> spreads;
  double best = 0;
  for (auto behind = Duration{0}; behind <= Behind::kMost; behind += kMinute) {
    const auto spread = spreadAt(behind, read, streamed);
    if (!spread) continue;
    best = spreads.empty() ? *spread : std::min(best, *spread);
    spreads.emplace_back(behind, *spread);
  }
  Behind found;
  std::erase_if(spreads, [&](const auto& each) { return each.second > kAsGood * best + kMails; });
  if (spreads.empty()) return found;
  return {spreads.front().first, spreads.back().first};
}

constexpr Duration kCompared = std::chrono::hours(3);

}  // namespace

std::string_view name(Part part) {
  constexpr std::array<std::string_view, kParts> kNames{"processed", "delivered", "failed", "dropped"};
  return kNames[static_cast<std::size_t>(part)];
}

Behind behindOf(const delivery::Series& statistics, const delivery::Series& events, Instant now) {
  const Common common(statistics, events, now - kCompared, now);
  return common.marks().empty() ? Behind{} : behindOf(common.marks(), events.marks());
}

std::array<PartGained, kParts> gainedSince(const delivery::Series& statistics, const delivery::Series& events,
                                           Instant from, Instant now) {
  std::array<PartGained, kParts> all;
  for (std::size_t i = 0; i < kParts; ++i) all[i].part = static_cast<Part>(i);
  const Common known(statistics, events, from - kPast, now);
  const auto common = known.marks();
  if (common.empty()) return all;
  std::optional<Duration> behind;
  const auto gainedOf = [&](Part part, Instant after) {
    auto course = courseOf(part, common, events.marks(), after);
    if (course.rise <= 0) return course.gained;
    if (!course.isLevelled && !behind) behind = behindOf(statistics, events, now).most + kMinute;
    const auto way =
        course.isLevelled ? 0 : onTheWay(part, events.marks(), after, std::min(Behind::kMost, *behind));
    course.gained.lacking = std::max<std::int64_t>(0, course.rise - way);
    return course.gained;
  };
  const auto settled = *events.begin() + kSettles;
  const bool young = from < settled;
  const auto judged = young ? std::max(from, std::min(settled, common.back().at - kShortest)) : from;
  for (auto& one : all) {
    one = gainedOf(one.part, judged);
    if (!young) continue;
    const auto whole = gainedOf(one.part, common.front().at);
    if (whole.events == 0) one = whole;
  }
  return all;
}

std::optional<PartGained> lackingOf(const std::array<PartGained, kParts>& gained, std::int64_t minMails,
                                    double minShare) {
  std::optional<PartGained> worst;
  for (const auto& one : gained) {
    if (one.lacking < minMails ||
        static_cast<double>(one.lacking) < minShare * static_cast<double>(one.statistics))
      continue;
    if (!worst || one.lacking > worst->lacking) worst = one;
  }
  return worst;
}

namespace {

// What each part lacks by now of what the statistics counted after `from`. What they are behind with
// processed mail they are behind with its outcomes.
std::array<PartGained, kParts> missingSince(const delivery::Series& statistics,
                                            const delivery::Series& events, Instant from, Instant now,
                                            const Behind& behind) {
  // Where the lag does not show it is taken to be usual.
  constexpr Duration kUsual = std::chrono::minutes(5);
  std::array<PartGained, kParts> all;
  const Common known(statistics, events, from - kPast, now);
  std::int64_t catchesUp = 0;
  for (std::size_t i = 0; i < kParts; ++i) {
    all[i].part = static_cast<Part>(i);
    if (known.marks().empty()) continue;
    const auto course = courseOf(all[i].part, known.marks(), events.marks(), from);
    all[i] = course.gained;
    const bool isFirst = all[i].part == Part::processed;
    if (isFirst) catchesUp = std::max<std::int64_t>(0, course.rise);
    const auto lag = behind.isKnown() || isFirst ? std::min(Behind::kMost, behind.most + kMinute) : kUsual;
    const auto way = course.isLevelled ? 0 : onTheWay(all[i].part, events.marks(), from, lag);
    all[i].lacking = std::max<std::int64_t>(0, course.rise - way - (isFirst ? 0 : catchesUp));
  }
  return all;
}

}  // namespace

namespace {

constexpr Duration kLasts = std::chrono::minutes(5);

// What is missing since `from` and goes on; nothing if there is none.
std::optional<PartGained> missingFrom(const delivery::Series& statistics, const delivery::Series& events,
                                      Instant from, Instant now) {
  constexpr std::int64_t kMails = 10, kBefore = 3;
  constexpr double kShare = 0.1;
  // However far the statistics are behind: mostly nothing is missing, and their lag need not be known.
  const auto anything =
      lackingOf(missingSince(statistics, events, from, now, {Duration{}, Duration{}}), kMails, kShare);
  if (!anything) return std::nullopt;
  // What is missing now blurs the lag: then as it was before.
  auto behind = stream::behindOf(statistics, events, now);
  if (const auto before = stream::behindOf(statistics, events, from); before.isKnown()) behind = before;
  auto missing = missingSince(statistics, events, from, now, behind);
  // The statistics may still count mail of the time before the stream: then only what it has nothing of.
  if (!events.empty() && from < *events.begin() + kSettles)
    for (auto& one : missing)
      if (one.events > 0) one.lacking = 0;
  const auto worst = lackingOf(missing, kMails, kShare);
  if (!worst) return std::nullopt;
  const auto part = static_cast<std::size_t>(worst->part);
  const auto before = missingSince(statistics, events, from, now - kLasts, behind)[part];
  const bool goesOn = worst->lacking - before.lacking >= kBefore &&
                      static_cast<double>(worst->lacking - before.lacking) >=
                          kShare * static_cast<double>(worst->statistics - before.statistics);
  return before.lacking >= kBefore && goesOn ? worst : std::nullopt;
}

}  // namespace

// Short spans show what began lately, long ones what is little beside what the statistics may be behind with.
std::optional<PartGained> missingOf(const delivery::Series& statistics, const delivery::Series& events,
                                    Instant since, Instant now) {
  constexpr std::array<Duration, 5> kSpans{std::chrono::minutes(15), std::chrono::minutes(20),
                                           std::chrono::minutes(30), std::chrono::minutes(45),
                                           std::chrono::minutes(75)};
  for (const auto span : kSpans) {
    const auto from = std::max(now - span, since);
    if (now - from < 2 * kLasts) break;
    if (auto found = missingFrom(statistics, events, from, now)) return found;
    if (from == since) break;
  }
  return std::nullopt;
}

}  // namespace arrivald::stream
