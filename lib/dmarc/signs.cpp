#include "dmarc/signs.hpp"

#include <algorithm>
#include <set>

namespace arrivald::dmarc {
namespace {

// Of fewer days nobody knows what is usual.
constexpr std::size_t kMinUsualDays = 5;
// What a spoofer can choose is bounded; beyond the largest, none is told of by itself.
constexpr std::size_t kMaxSources = 200;
constexpr std::size_t kMaxReporters = 200;
constexpr int kWeek = 7;
constexpr std::size_t kNearlyDaily = 5;  // days of a week
constexpr std::size_t kFewDays = 3;

std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::optional<double> usuallyFails(const Source& source, Date before) {
  std::vector<double> shares;
  for (const auto& [day, tally] : source.days)
    if (day < before && tally.messages() > 0)
      shares.push_back(static_cast<double>(tally.fail) / static_cast<double>(tally.messages()));
  if (shares.size() < kMinUsualDays) return std::nullopt;
  return median(std::move(shares));
}

// The mean time between two days on which reports came.
Duration gapOf(const std::vector<Date>& days) {
  if (days.size() < 2) return Duration{0};
  return (days.back() - days.front()) / static_cast<int>(days.size() - 1);
}

bool isNearlyDaily(const std::vector<Date>& days) {
  const auto since = days.back() - std::chrono::days(kWeek - 1);
  return static_cast<std::size_t>(std::ranges::count_if(days, [&](Date day) { return day >= since; })) >=
         kNearlyDaily;
}

}  // namespace

rules::DmarcSigns signsOf(const EnforcementFacts& facts, const TimeZone& zone) {
  rules::DmarcSigns signs;
  signs.policy = facts.policy.p;
  if (facts.policy.since && !facts.policy.before.empty())
    signs.policyChange = {facts.policy.before, toText(*facts.policy.since),
                          zone.startOf(*facts.policy.since)};
  const auto& days = facts.sources.days;
  const auto today = days.find(facts.lastDay);
  std::vector<double> spoofedBefore;
  for (const auto& [day, sums] : days)
    if (day < facts.lastDay) spoofedBefore.push_back(static_cast<double>(sums.of(Origin::spoofed)));
  signs.days = number(spoofedBefore.size());
  if (today == days.end()) return signs;
  signs.day = toText(facts.lastDay);
  signs.dayBegins = zone.startOf(facts.lastDay);
  signs.spoofed = number(today->second.of(Origin::spoofed));
  signs.usualSpoofed = median(std::move(spoofedBefore));
  signs.ownMessages = number(today->second.of(Origin::own));
  signs.ownRefused = number(today->second.ownRefused);
  // One name has several origins: mail of a forwarder that lives, and mail that it breaks.
  std::set<std::string> seenBefore;
  for (const auto& source : facts.sources.sources)
    if (source.firstDay < facts.lastDay && source.days.begin()->first < facts.lastDay)
      seenBefore.insert(source.name);
  for (const auto& source : facts.sources.sources) {
    const auto there = source.days.find(facts.lastDay);
    if (there == source.days.end() || source.origin == Origin::unknown) continue;
    rules::DmarcSigns::Source sign{source.name, number(there->second.fail), number(there->second.messages()),
                                   usuallyFails(source, facts.lastDay)};
    if (!seenBefore.contains(source.name) && signs.unseen.size() < kMaxSources) signs.unseen.push_back(sign);
    if (source.origin == Origin::own && signs.own.size() < kMaxSources) signs.own.push_back(std::move(sign));
  }
  return signs;
}

void addArrivals(rules::DmarcSigns& signs, const std::vector<Arrivals>& arrivals, Instant since,
                 Instant now) {
  std::set<Date> all;
  std::optional<Instant> last;
  const auto quietSince = [&](Instant at) { return std::max(Duration{0}, now - std::max(at, since)); };
  for (const auto& reporter : arrivals) {
    if (reporter.days.empty()) continue;
    all.insert(reporter.days.begin(), reporter.days.end());
    if (!last || reporter.last > *last) last = reporter.last;
    if (isNearlyDaily(reporter.days) && signs.reporters.size() < kMaxReporters)
      signs.reporters.push_back({reporter.reporter, quietSince(reporter.last), gapOf(reporter.days)});
  }
  // Who has copied files by hand once or twice has no habit yet.
  if (!last || all.size() < kFewDays) return;
  signs.quiet = quietSince(*last);
  signs.usualGap = gapOf({all.begin(), all.end()});
}

}  // namespace arrivald::dmarc
