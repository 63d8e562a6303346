// dmarc_view: what is known of a domain from DMARC reports, for pages, commands and metrics.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dmarc/enforcement.hpp"
#include "watch/dmarc_reports.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

struct DmarcView {
  std::string domain;
  Date today, lastClosed;
  int days = 28;  ///< that are shown, today the last of them
  Date firstShown;
  dmarc::Policy policy;            ///< as reporters saw it last
  dmarc::Sources shown;            ///< of the days shown, open ones as well
  dmarc::Enforcement enforcement;  ///< of the 28 closed days
  Date firstJudged;
  std::vector<store::DmarcDaysTable::Reporter> reporters;  ///< of the days shown
};

inline constexpr int kMaxDmarcDays = 90;

/// Reads the store. `days`: how many are shown, at most kMaxDmarcDays.
Result<DmarcView> dmarcView(const DmarcReports& reports, const Statistics& statistics,
                            const config::Config& configuration, Instant now, std::string_view domain,
                            int days);

/// The configured domains, and those below them that have reports; at most 200.
Result<std::vector<std::string>> dmarcDomains(const DmarcReports& reports,
                                              const config::Config& configuration);

Result<std::vector<store::DmarcAsideTable::Row>> dmarcRefused(const DmarcReports& reports, std::size_t max);

std::vector<dmarc::NamedSource> namedSources(const config::Dmarc& configuration);

metrics::DmarcNumbers dmarcNumbers(const DmarcView& view, const TimeZone& zone);

}  // namespace arrivald::watch
