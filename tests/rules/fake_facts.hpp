// FakeFacts: facts as a test states them: entries at instants, and what is not known.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "rules/facts.hpp"

namespace arrivald::testing {

using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

inline Subject account(std::string name = "main") { return {std::move(name), Dimension::account, ""}; }
inline Subject provider(std::string name) { return {"main", Dimension::mailboxProvider, std::move(name)}; }

inline Counts mail(std::int64_t delivered, std::int64_t bounced = 0, std::int64_t waiting = 0) {
  Counts counts;
  counts[Metric::requests] = delivered + bounced + waiting;
  counts[Metric::processed] = counts[Metric::requests];
  counts[Metric::delivered] = delivered;
  counts[Metric::bounces] = bounced;
  return counts;
}

class FakeFacts : public rules::Facts {
 public:
  std::map<Subject, std::vector<std::pair<Instant, Counts>>> entries{{account(), {}}};
  Instant begin = Instant::min();  ///< windows that reach further back are unknown
  bool readable = true;            ///< while false, no window is known
  std::map<std::string, std::vector<rules::Reading>> readingsOf;
  std::map<std::string, std::int64_t> growth;
  std::optional<rules::Expectation> expectation;  ///< `mean` and `offMean` are an hour's
  rules::Basis basis = rules::Basis::statistics;  ///< of every sum
  std::int64_t beyondCap = 0;
  std::optional<Waiting> inFlight;
  std::optional<Latency> took;
  std::optional<std::int64_t> causesSeen;
  std::optional<std::int64_t> causesListed;
  std::optional<double> causesUsual;
  std::optional<ListedBlocks> blocksListed;
  std::optional<DayCompared> day;
  std::optional<Lacking> lacks;
  std::optional<SettingsSeen> settings;
  std::optional<std::string> status;
  std::optional<CameLate> late;

  bool alive(std::string_view, Instant) const override { return inFlight.has_value(); }
  std::optional<CameLate> cameLate(std::string_view) const override { return late; }
  std::optional<Waiting> waiting(const Subject&, Duration, Duration, Instant) const override {
    return inFlight;
  }
  std::optional<Latency> latency(const Subject&, Duration, Instant) const override { return took; }
  std::optional<std::int64_t> causeCount(const Subject&, const std::vector<std::string>&, Duration,
                                         Instant) const override {
    return causesSeen;
  }
  std::optional<std::int64_t> listedCauses(const Subject&, const std::vector<std::string>&, Duration,
                                           Instant) const override {
    return causesListed;
  }
  std::optional<double> usuallyListed(const Subject&, const std::vector<std::string>&, Duration,
                                      Instant) const override {
    return causesUsual;
  }
  std::optional<ListedBlocks> listedBlocks(const Subject&, Duration, Instant) const override {
    return blocksListed;
  }
  std::optional<std::int64_t> failuresBeyond(const Subject&, std::int64_t, Duration, Instant) const override {
    return beyondCap;
  }
  std::optional<std::vector<Excess>> excessFailures(const Subject&, std::int64_t) const override {
    return {};
  }
  std::optional<DayCompared> dayCompared(std::string_view, Instant) const override { return day; }
  std::optional<Lacking> lacking(std::string_view, Instant) const override { return lacks; }
  std::optional<SettingsSeen> streamSettings(std::string_view) const override { return settings; }
  std::optional<std::string> accountStatus(std::string_view) const override { return status; }
  std::optional<rules::DmarcSigns> signs;
  const rules::DmarcSigns* dmarcSigns(const Subject&) const override { return signs ? &*signs : nullptr; }
  void add(const Subject& subject, Instant at, const Counts& counts) {
    entries[subject].emplace_back(at, counts);
  }

  std::vector<Subject> subjects() const override {
    std::vector<Subject> all;
    for (const auto& [subject, list] : entries) all.push_back(subject);
    return all;
  }
  rules::Sum sum(const Subject& subject, Duration window, Instant end, rules::Basis) const override {
    rules::Sum sum;
    sum.known = readable && end - window >= begin;
    sum.covered = window;
    if (const auto found = entries.find(subject); found != entries.end())
      for (const auto& [at, counts] : found->second)
        if (at > end - window && at <= end) sum.counts += counts;
    sum.basis = basis;
    return sum;
  }
  std::vector<rules::Reading> readings(std::string_view name) const override {
    const auto found = readingsOf.find(std::string(name));
    return found == readingsOf.end() ? std::vector<rules::Reading>{} : found->second;
  }
  std::optional<std::int64_t> listGrowth(std::string_view, std::string_view list, Duration,
                                         Instant) const override {
    const auto found = growth.find(std::string(list));
    if (found == growth.end()) return std::nullopt;
    return found->second;
  }
  std::optional<rules::Expectation> expectedRequests(const Subject&, Instant from,
                                                     Instant to) const override {
    auto expected = expectation;
    const double hours = static_cast<double>((to - from).count()) / 3'600'000;
    if (expected) expected->mean *= hours, expected->offMean *= hours;
    return expected;
  }
  std::optional<Instant> lastRequest(const Subject& subject) const override {
    std::optional<Instant> last;
    if (const auto found = entries.find(subject); found != entries.end())
      for (const auto& [at, counts] : found->second)
        if (counts[Metric::requests] > 0) last = at;
    return last;
  }
  std::optional<Duration> outcomeLag(const Subject&) const override { return lag; }
  std::optional<Duration> lag;
  std::optional<Duration> updateInterval(const Subject&) const override { return lumps; }
  std::optional<Duration> lumps;
};

/// An event stream that knows nothing but whether it is alive.
class FakeStream : public rules::StreamFacts {
 public:
  bool aliveNow = false;
  bool alive(std::string_view, Instant) const override { return aliveNow; }
  std::optional<Waiting> waiting(const Subject&, Duration, Duration, Instant) const override { return {}; }
  std::optional<Latency> latency(const Subject&, Duration, Instant) const override { return {}; }
  std::optional<std::int64_t> causeCount(const Subject&, const std::vector<std::string>&, Duration,
                                         Instant) const override {
    return {};
  }
  std::optional<std::vector<Excess>> excessFailures(const Subject&, std::int64_t) const override {
    return {};
  }
  std::optional<DayCompared> dayCompared(std::string_view, Instant) const override { return {}; }
  std::optional<SettingsSeen> streamSettings(std::string_view) const override { return {}; }
  std::optional<std::string> accountStatus(std::string_view) const override { return {}; }
};

}  // namespace arrivald::testing
