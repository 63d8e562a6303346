// What the latest statistics leave open, as sentences for `status`, the page and `explain-alert`.
#pragma once

#include <string>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "notify/catalogue.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

struct Doubt {
  std::string text;
  Instant since{};  ///< of the longest; of an answer that is held, now
};

/// Of the metrics wanted, those that the latest answer of a source lacks, has far above what requests allow,
/// or has below what was counted, and that it shows what there was some time ago; empty if there is none.
std::vector<Doubt> unknownWords(const Statistics& statistics, const delivery::Source& source,
                                delivery::Metrics wanted, const notify::Catalogue& c, const TimeZone& zone);
/// The same, and the total that waits for the next answer.
std::vector<Doubt> doubtWords(const Statistics& statistics, const delivery::Source& source,
                              const notify::Catalogue& c, const TimeZone& zone, Instant now);

}  // namespace arrivald::watch
