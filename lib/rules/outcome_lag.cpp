#include "rules/outcome_lag.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace arrivald::rules {
namespace {

using delivery::Mark;
using delivery::Metric;

constexpr Duration kDay = std::chrono::hours(24);
constexpr int kDays = 14;
constexpr std::int64_t kEnough = 20;

std::int64_t gained(const Mark& later, const Mark& earlier, Metric metric) {
  const auto i = static_cast<std::size_t>(metric);
  return static_cast<std::uint32_t>(later.totals[i] - earlier.totals[i]);
}

std::int64_t outcomes(const Mark& later, const Mark& earlier) {
  return gained(later, earlier, Metric::delivered) + gained(later, earlier, Metric::bounces) +
         gained(later, earlier, Metric::blocks);
}

std::int64_t requests(const Mark& later, const Mark& earlier) {
  std::int64_t all = gained(later, earlier, Metric::requests);
  for (const auto drop : {Metric::bounceDrops, Metric::spamReportDrops, Metric::unsubscribeDrops,
                          Metric::invalidEmails, Metric::drops})
    all -= gained(later, earlier, drop);
  return all;
}

using Lags = std::vector<std::pair<Duration, std::int64_t>>;  // with the number of mails

std::int64_t mailsIn(const Lags& lags) {
  std::int64_t mails = 0;
  for (const auto& [lag, count] : lags) mails += count;
  return mails;
}

// When so many had been asked, between the marks before and at `at`.
Instant timeOf(double count, std::span<const Mark> marks, const std::vector<std::int64_t>& asked,
               std::size_t at) {
  if (at == 0) return marks[0].at;
  const auto before = static_cast<double>(asked[at - 1]);
  const double part = (count - before) / std::max(1.0, static_cast<double>(asked[at]) - before);
  const auto between = static_cast<double>((marks[at].at - marks[at - 1].at).count());
  return marks[at - 1].at + Duration(static_cast<Duration::rep>(std::clamp(part, 0.0, 1.0) * between));
}

// The lags of one day's outcomes. What is in flight at the day's quietest moment is taken for no mail at all.
Lags lagsOf(std::span<const Mark> marks) {
  Lags lags;
  if (marks.size() < 2) return lags;
  std::vector<std::int64_t> asked, answered;
  std::int64_t inFlight = 0;
  for (const Mark& mark : marks) {
    asked.push_back(requests(mark, marks.front()));
    answered.push_back(outcomes(mark, marks.front()));
    inFlight = std::min(inFlight, asked.back() - answered.back());
  }
  // Between two marks, which are a quarter of an hour apart where they are old, both flow evenly: of each
  // stretch the outcome in its middle stands for all. Those of one read may have come at its end.
  constexpr Duration kRead = std::chrono::minutes(2);
  std::size_t at = 0;
  for (std::size_t i = 1; i < marks.size(); ++i) {
    const auto count = answered[i] - answered[i - 1];
    if (count <= 0) continue;
    const double middle =
        static_cast<double>(answered[i] + answered[i - 1]) / 2 + static_cast<double>(inFlight);
    while (at < i && static_cast<double>(asked[at]) < middle) ++at;
    const Duration half = (marks[i].at - marks[i - 1].at) / 2;
    const Duration lag = marks[i].at - half - timeOf(middle, marks, asked, at);
    lags.emplace_back(std::max(Duration{0}, lag) + std::min(half, kRead), count);
  }
  return lags;
}

Duration nineInTen(Lags lags) {
  std::ranges::sort(lags);
  const auto mails = mailsIn(lags);
  std::int64_t passed = 0;
  for (const auto& [lag, count] : lags) {
    passed += count;
    if (10 * passed >= 9 * mails) return lag;
  }
  return lags.back().first;
}

}  // namespace

std::optional<Duration> learnOutcomeLag(const delivery::Series& series, Instant now) {
  const std::span<const Mark> marks(series.marks());
  std::vector<Duration> days;
  Lags all;
  for (int day = 0; day < kDays; ++day) {
    const auto after = [&](Instant at) { return std::ranges::upper_bound(marks, at, {}, &Mark::at); };
    // From the last mark before the day on.
    auto begin = after(now - (day + 1) * kDay);
    const auto end = after(now - day * kDay);
    if (begin != marks.begin()) --begin;
    if (begin == end) continue;
    Lags lags = lagsOf({begin, end});
    if (mailsIn(lags) >= kEnough) days.push_back(nineInTen(lags));
    all.insert(all.end(), lags.begin(), lags.end());
  }
  if (days.empty()) return mailsIn(all) >= kEnough ? std::optional(nineInTen(all)) : std::nullopt;
  const auto middle = days.begin() + static_cast<std::ptrdiff_t>((days.size() - 1) / 2);
  std::ranges::nth_element(days, middle);
  return *middle;
}

std::optional<Facts::Unanswered> unansweredIn(const delivery::Series& series, Instant until) {
  const auto& marks = series.marks();
  for (std::size_t last = marks.size(); last-- > 1;) {
    if (outcomes(marks[last], marks[last - 1]) <= 0) continue;
    Facts::Unanswered unanswered{.since = marks[last].at,
                                 .asked = requests(marks[last], marks.front()),
                                 .answered = outcomes(marks[last], marks.front())};
    for (std::size_t i = last + 1; i < marks.size() && marks[i].at <= until; ++i) {
      const std::int64_t asked = requests(marks[i], marks[i - 1]);
      if (asked <= 0) continue;
      ++unanswered.occasions;
      unanswered.requests += asked;
    }
    return unanswered;
  }
  return std::nullopt;
}

}  // namespace arrivald::rules
