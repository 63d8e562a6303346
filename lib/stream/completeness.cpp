#include "stream/completeness.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>
#include <vector>

namespace arrivald::stream {

using delivery::Mark;
using delivery::Metric;

namespace {

// How far back the statistics' usual lead is looked for: a night, in which the two are level.
constexpr Duration kPast = std::chrono::hours(26);
// After so long without an event both sources have counted the same mail.
constexpr Duration kLevelAfter = std::chrono::minutes(30);
// Where there was no such pause, what came within this time may not have been in the statistics.
constexpr Duration kBehind = std::chrono::minutes(20);
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

PartGained gainedOf(Part part, std::span<const Mark> read, std::span<const Mark> streamed, Instant from) {
  Counted prompt(streamed, part), around(streamed, part);
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
  // While mail flows the statistics are always some way behind: how far shows only once it has paused.
  const auto early = around.at(from - kBehind);
  const auto onTheWay = level ? 0 : difference(around.at(from), early);
  return {part, counted - readBefore, heard - heardBefore,
          std::max<std::int64_t>(0, lead - bestLead - onTheWay)};
}

}  // namespace

std::string_view name(Part part) {
  constexpr std::array<std::string_view, kParts> kNames{"processed", "delivered", "failed", "dropped"};
  return kNames[static_cast<std::size_t>(part)];
}

std::array<PartGained, kParts> gainedSince(const delivery::Series& statistics, const delivery::Series& events,
                                           Instant from, Instant now) {
  std::array<PartGained, kParts> all;
  for (std::size_t i = 0; i < kParts; ++i) all[i].part = static_cast<Part>(i);
  if (statistics.empty() || events.empty()) return all;
  // Reads that did not tell everything compare to nothing.
  std::vector<Mark> read;
  std::ranges::copy_if(statistics.marks(), std::back_inserter(read),
                       [](const Mark& mark) { return mark.stale.empty(); });
  const auto bothKnown = std::max({*statistics.begin(), *events.begin(), from - kPast});
  const auto first = std::ranges::lower_bound(read, bothKnown, {}, &Mark::at);
  const auto end = std::ranges::upper_bound(read, now - kEventsArriveWithin, {}, &Mark::at);
  if (end - first < 2) return all;
  const std::span<const Mark> common(&*first, static_cast<std::size_t>(end - first));
  const auto settled = *events.begin() + kSettles;
  const bool young = from < settled;
  const auto judged = young ? std::max(from, std::min(settled, common.back().at - kShortest)) : from;
  for (auto& one : all) {
    one = gainedOf(one.part, common, events.marks(), judged);
    if (!young) continue;
    const auto whole = gainedOf(one.part, common, events.marks(), common.front().at);
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

}  // namespace arrivald::stream
