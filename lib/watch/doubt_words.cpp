#include "watch/doubt_words.hpp"

#include <algorithm>

#include "notify/job_words.hpp"

namespace arrivald::watch {

using notify::Catalogue;

std::vector<Doubt> lackingWords(const Statistics& statistics, const delivery::Source& source,
                                delivery::Metrics wanted, const Catalogue& c, const TimeZone& zone) {
  std::string names;
  auto since = Instant::max();
  for (const auto& [metric, at] : statistics.doubts(source).lacking) {
    if (!wanted.contains(metric)) continue;
    names += (names.empty() ? "" : ", ") + std::string(delivery::name(metric));
    since = std::min(since, at);
  }
  if (names.empty()) return {};
  return {{c.text("cli.problem.statistics_lack",
                  {{"account", source.account}, {"metrics", names}, {"since", zone.zonedText(since)}}),
           since}};
}

std::vector<Doubt> doubtWords(const Statistics& statistics, const delivery::Source& source,
                              const Catalogue& c, const TimeZone& zone, Instant now) {
  auto all = lackingWords(statistics, source, delivery::Metrics::all(), c, zone);
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
