// dmarc_view: what is known of a domain from DMARC reports, for pages, commands, metrics and rules. Pure, but
// for what reads the store; whoever forges mail chooses how many sources there are, so that what is shown is
// bounded.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dmarc/enforcement.hpp"
#include "dmarc/signs.hpp"
#include "watch/check_dns.hpp"
#include "watch/dmarc_reports.hpp"
#include "watch/statistics.hpp"

namespace arrivald::watch {

struct DmarcReporter {
  std::int64_t id = 0;
  std::string name;
  Date lastDay;
  std::uint64_t days = 0, messages = 0, failed = 0;
};

/// What is not among that which is shown.
struct DmarcRest {
  std::size_t sources = 0, reporters = 0;
  dmarc::Source sum;  ///< of the sources
  std::uint64_t reported = 0, failed = 0;
};

struct DmarcView {
  static constexpr std::size_t kMaxSources = 100;
  static constexpr std::size_t kMaxReporters = 100;

  std::string domain;
  Date today, lastClosed;
  Date firstShown;       ///< today is the last
  dmarc::Policy policy;  ///< as reporters saw it last
  /// Of the days shown, open ones as well: the largest sources.
  dmarc::Sources shown;
  dmarc::Enforcement enforcement;  ///< of the 28 closed days
  Date firstJudged;
  std::vector<DmarcReporter> reporters;  ///< of the days shown, the largest
  DmarcRest rest;
  rules::DmarcSigns signs;
  std::optional<DmarcDnsLook> dns = {};  ///< nothing: not asked

  int days() const { return static_cast<int>((today - firstShown).count()) + 1; }
};

/// With all sources and reporters.
struct DmarcWhole {
  DmarcView view;
  std::vector<dmarc::Source> sources;
  std::vector<DmarcReporter> reporters;
};

inline constexpr int kMaxDmarcDays = 90;

struct DmarcViewRequest {
  std::string domain;
  Instant now{};
  TimeZone zone;
  int days = dmarc::kEnforcementDays;  ///< that are shown, at most kMaxDmarcDays
  std::vector<dmarc::NamedSource> named;
  std::map<Date, std::uint64_t> delivered;
  Instant since{};  ///< when reports could first come in: the start of the process
  bool tellsUnreadable = false;
  dmarc::State dnsState = dmarc::State::byHand;
  std::optional<DmarcDnsLook> dns = {};
};
DmarcViewRequest dmarcRequest(const DmarcReports& reports, const Statistics& statistics,
                              const config::Config& configuration, Instant now, std::string_view domain,
                              int days);

/// What the store has of a domain.
struct DmarcRows {
  std::vector<dmarc::KnownSender> senders;
  std::vector<store::DmarcDaysTable::Cell> cells;
  std::vector<store::DmarcReportsTable::Seen> policies;
  std::vector<store::DmarcReportsTable::Arrival> arrivals;
  std::uint64_t unreadable = 0;
};
/// In slices, between which the loop goes on.
runtime::Task<Result<DmarcRows>> readDmarcRows(const DmarcReports& reports, DmarcViewRequest request);

/// Takes as long as the rows are many. The reporters have no names yet.
DmarcWhole dmarcWholeOf(const DmarcRows& rows, const DmarcViewRequest& request);

/// The configured domains, and those below them that have reports; at most 200.
Result<std::vector<std::string>> dmarcDomains(const DmarcReports& reports,
                                              const config::Config& configuration);

Result<std::vector<store::DmarcAsideTable::Row>> dmarcRefused(const DmarcReports& reports, std::size_t max);

std::vector<dmarc::NamedSource> namedSources(const config::Dmarc& configuration);

metrics::DmarcNumbers dmarcNumbers(const DmarcView& view, const TimeZone& zone);

}  // namespace arrivald::watch
