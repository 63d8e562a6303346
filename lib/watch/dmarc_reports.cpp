#include "watch/dmarc_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "dmarc/packed_report.hpp"
#include "store/dmarc_names.hpp"
#include "unpack/block.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxName = 200;  // of a file, in bytes
constexpr std::size_t kMaxPolicy = 200;
// Rows of the largest report that is counted stay below this.
constexpr std::size_t kMaxRowBytes = std::size_t{256} << 20;
constexpr std::string_view kOtherDomain = "other_domain";

std::chrono::days daysOf(int count) { return std::chrono::days(count); }

}  // namespace

std::string policyText(const aggregate::Policy& policy) {
  std::string text;
  const std::pair<const char*, const std::string*> tags[] = {
      {"p", &policy.p},         {"sp", &policy.sp},     {"np", &policy.np},    {"pct", &policy.pct},
      {"adkim", &policy.adkim}, {"aspf", &policy.aspf}, {"t", &policy.testing}};
  for (const auto& [tag, value] : tags)
    if (!value->empty()) text += fmt::format("{}{}={}", text.empty() ? "" : " ", tag, *value);
  return oneLine(printable(text), kMaxPolicy);
}

DmarcReports::DmarcReports(store::Database& database, Clock& clock, metrics::Registry& registry,
                           StoreHealth& health)
    : database_(database), clock_(clock), registry_(registry), health_(health), since_(clock.now()) {}

void DmarcReports::load() { files_ = store::DmarcFilesTable(database_).all(); }

void DmarcReports::storeReopened() {
  // What cannot be read now is read again with the next file.
  static_cast<void>(database_.read([&] { load(); }));
}

void DmarcReports::retain(const config::Config& configuration) {
  zone_ = configuration.zone;
  domains_.clear();
  if (configuration.dmarc)
    for (const auto& domain : configuration.dmarc->domains) domains_.insert(domain.name);
  registry_.retainDmarcDomains({domains_.begin(), domains_.end()});
  known_.retain(configuration);
  folder_.reset();
}

void DmarcReports::shift(Duration step) {
  since_ += step;
  if (lastInput_) *lastInput_ += step;
  if (folder_) folder_->looked += step;
  known_.clear();
}

void DmarcReports::storeShift(Duration step) {
  store::DmarcReportsTable(database_).shift(step);
  store::DmarcAsideTable(database_).shift(step);
}

bool DmarcReports::isOurs(std::string_view domain) const {
  // The domain of a report is a stranger's text, and becomes part of URLs.
  const bool isName = std::ranges::all_of(domain, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  if (!isName) return false;
  return std::ranges::any_of(domains_, [&](const std::string& own) { return dmarc::isWithin(domain, own); });
}

Result<std::vector<dmarc::Verdict>> DmarcReports::take(const std::vector<DmarcInput>& inputs) {
  std::vector<dmarc::Verdict> verdicts;
  const auto stored = database_.transact([&] {
    verdicts.clear();
    for (const auto& input : inputs) verdicts.push_back(takeOne(input));
  });
  health_.record("DMARC reports", stored);
  if (!stored) return stored.error();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].mark) files_[inputs[i].name] = *inputs[i].mark;
    exportOutcome(inputs[i], verdicts[i]);
  }
  if (!inputs.empty()) lastInput_ = clock_.now();
  if (!inputs.empty()) ++version_;
  return verdicts;
}

dmarc::Verdict DmarcReports::takeOne(const DmarcInput& input) {
  dmarc::InputJudge judge;
  std::string strange;
  for (const auto& ready : input.reports) {
    if (isOurs(ready.report.policy.domain))
      judge.add(ready.report, ready.tally, count(ready, input.via));
    else
      strange = ready.report.policy.domain;
  }
  auto verdict = judge.finish(input.findings);
  const bool any = verdict.reports + verdict.duplicates > 0;
  if (!strange.empty() && any) {
    verdict.warnings.push_back("part_rejected:" + std::string(kOtherDomain));
  } else if (!strange.empty()) {
    verdict.outcome = dmarc::Outcome::rejected;
    verdict.reason = kOtherDomain;
  }
  const bool partly = std::ranges::any_of(
      verdict.warnings, [](const std::string& warning) { return warning.starts_with("part_rejected:"); });
  if (verdict.outcome == dmarc::Outcome::rejected || partly) {
    auto name = oneLine(printable(input.name), kMaxName);
    if (!strange.empty()) name += (name.empty() ? "" : " ") + fmt::format("({})", oneLine(strange, kMaxName));
    const auto reason = !any ? verdict.reason
                        : input.findings.refused.empty()
                            ? std::string(kOtherDomain)
                            : std::string(aggregate::name(input.findings.refused.front()));
    store::DmarcAsideTable(database_).put(
        {0, clock_.now(), input.via, std::move(name), reason, input.bytes, input.head});
  }
  if (input.mark) store::DmarcFilesTable(database_).put(input.name, *input.mark);
  return verdict;
}

dmarc::Standing DmarcReports::count(const DmarcReport& ready, const std::string& via) {
  store::DmarcReportsTable table(database_);
  const auto& report = ready.report;
  const auto& print = ready.print;
  auto standing = dmarc::standingOf(table.find(print.key), print);
  if (standing == dmarc::Standing::replaces) {
    const auto known = table.whole(print.key);
    // What is older than its rows cannot be taken away any more, so it stays.
    if (!known || known->rows.empty()) return dmarc::Standing::differsAndStays;
    subtract(print.key);
  }
  if (standing == dmarc::Standing::same || standing == dmarc::Standing::differsAndStays) return standing;
  store::DmarcDaysTable(database_).add(ready.days);
  store::DmarcReportsTable::Row row;
  row.print = print;
  row.domain = report.policy.domain;
  row.reporter = report.reporter;
  row.zone = ready.zone;
  row.period = report.period;
  row.received = clock_.now();
  row.via = via;
  row.tally = ready.tally;
  row.policy = policyText(report.policy);
  row.warnings = report.warnings.bits();
  row.rows = ready.rows;
  table.put(row);
  return standing;
}

// With the zone by which its days were found then.
void DmarcReports::subtract(std::uint64_t key) {
  const auto known = store::DmarcReportsTable(database_).whole(key);
  if (!known) return;
  const auto bytes = unpack::inflated(known->rows, kMaxRowBytes);
  auto report = bytes ? dmarc::unpackRows(*bytes) : std::nullopt;
  if (!report) throw store::SqlError("the rows of a DMARC report are damaged", Error::Kind::damaged);
  report->reporter = known->reporter;
  report->policy.domain = known->domain;
  report->period = known->period;
  const auto zone = TimeZone::find(known->zone);
  store::DmarcDaysTable(database_).subtract(dmarc::dayCountsOf(*report, zone ? *zone : zone_));
}

void DmarcReports::exportOutcome(const DmarcInput& input, const dmarc::Verdict& verdict) {
  registry_.dmarcInput(input.via, name(verdict.outcome));
  if (verdict.outcome == dmarc::Outcome::rejected) registry_.dmarcRefused(verdict.reason);
  if (verdict.outcome != dmarc::Outcome::rejected) return;
  log::debug("a DMARC report was refused", {{"via", input.via}, {"reason", verdict.reason}});
}

Done DmarcReports::prune() {
  const auto now = clock_.now();
  const auto pruned = database_.transact([&] {
    store::DmarcReportsTable reports(database_);
    reports.removeRowsBefore(now - daysOf(kRowsKeptDays));
    reports.removeBefore(now - daysOf(kDaysKept));
    store::DmarcDaysTable(database_).removeBefore(zone_.dateOf(now) - daysOf(kDaysKept));
    store::removeUnusedDmarcNames(database_);
  });
  health_.record("DMARC reports", pruned);
  return pruned;
}

Done DmarcReports::forgetFiles(const std::vector<std::string>& names) {
  const auto forgotten = database_.transact([&] {
    store::DmarcFilesTable table(database_);
    for (const auto& name : names) table.remove(name);
  });
  health_.record("DMARC reports", forgotten);
  if (forgotten)
    for (const auto& name : names) files_.erase(name);
  return forgotten;
}

}  // namespace arrivald::watch
