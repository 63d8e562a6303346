#include "watch/doubt_words.hpp"

#include <algorithm>

#include "notify/job_words.hpp"

namespace arrivald::watch {

using notify::Catalogue;

std::vector<Doubt> unknownWords(const Statistics& statistics, const delivery::Source& source,
                                delivery::Metrics wanted, const Catalogue& c, const TimeZone& zone) {
  const auto& doubts = statistics.doubts(source);
  std::vector<Doubt> all;
  if (doubts.behind)
    all.push_back({c.text("cli.problem.statistics_behind", {{"account", source.account},
                                                            {"shown", zone.zonedText(doubts.behind->shown)},
                                                            {"since", zone.zonedText(doubts.behind->since)}}),
                   doubts.behind->since});
  const auto say = [&](std::string_view key, const std::map<delivery::Metric, Instant>& metrics) {
    std::string names;
    auto since = Instant::max();
    for (const auto& [metric, at] : metrics) {
      if (!wanted.contains(metric)) continue;
      names += (names.empty() ? "" : ", ") + std::string(delivery::name(metric));
      since = std::min(since, at);
    }
    if (names.empty()) return;
    all.push_back(
        {c.text(key, {{"account", source.account}, {"metrics", names}, {"since", zone.zonedText(since)}}),
         since});
  };
  say("cli.problem.statistics_lack", doubts.lacking);
  const auto& contradiction = doubts.contradiction;
  if (contradiction && wanted.contains(contradiction->metric) &&
      doubts.refused.contains(contradiction->metric)) {
    const auto since = doubts.refused.at(contradiction->metric);
    all.push_back({c.text(contradiction->together > 0 ? "cli.problem.statistics_contradict_together"
                                                      : "cli.problem.statistics_contradict",
                          {{"subject", notify::subjectWords(c, contradiction->subject)},
                           {"metric", std::string(delivery::name(contradiction->metric))},
                           {"n", c.number(static_cast<double>(contradiction->total))},
                           {"together", c.number(static_cast<double>(contradiction->together))},
                           {"requested", c.number(static_cast<double>(contradiction->requested))},
                           {"since", zone.zonedText(since)}}),
                   since});
  } else {
    say("cli.problem.statistics_refused", doubts.refused);
  }
  // One sentence for all that fell: about what fell most.
  const Statistics::Doubts::Fallen* most = nullptr;
  auto fallen = delivery::Metric::requests;
  auto since = Instant::max();
  for (const auto& [metric, fell] : doubts.fallen) {
    if (!wanted.contains(metric)) continue;
    since = std::min(since, fell.since);
    if (most && fell.fall.from - fell.fall.to <= most->fall.from - most->fall.to) continue;
    most = &fell;
    fallen = metric;
  }
  if (most)
    all.push_back(
        {c.text("cli.problem.statistics_fell", {{"subject", notify::subjectWords(c, most->fall.subject)},
                                                {"metric", std::string(delivery::name(fallen))},
                                                {"before", c.number(static_cast<double>(most->fall.from))},
                                                {"now", c.number(static_cast<double>(most->fall.to))},
                                                {"since", zone.zonedText(since)}}),
         since});
  return all;
}

std::vector<Doubt> doubtWords(const Statistics& statistics, const delivery::Source& source,
                              const Catalogue& c, const TimeZone& zone, Instant now) {
  auto all = unknownWords(statistics, source, delivery::Metrics::all(), c, zone);
  if (const auto& held = statistics.doubts(source).held)
    all.push_back(
        {c.text("cli.problem.statistics_held", {{"subject", notify::subjectWords(c, held->subject)},
                                                {"metric", std::string(delivery::name(held->metric))},
                                                {"now", c.number(static_cast<double>(held->answered))},
                                                {"before", c.number(static_cast<double>(held->before))}}),
         now});
  return all;
}

}  // namespace arrivald::watch
