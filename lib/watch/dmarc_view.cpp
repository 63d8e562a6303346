#include "watch/dmarc_view.hpp"

#include <algorithm>
#include <set>

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxDomains = 200;
constexpr std::size_t kExportedSources = 50;

std::chrono::days daysOf(int count) { return std::chrono::days(count); }

// "none" of "p=none sp=reject"; no p is none.
std::string publishedPolicy(std::string_view policy) {
  if (!policy.starts_with("p=")) return "none";
  auto word = policy.substr(2, policy.find(' ') - 2);
  return word == "quarantine" || word == "reject" ? std::string(word) : std::string("none");
}

// What the newest reports saw, and since when none has seen anything else.
dmarc::Policy policyFrom(const std::vector<store::DmarcReportsTable::Seen>& seen, const TimeZone& zone) {
  dmarc::Policy policy;
  if (seen.empty()) return policy;
  const auto newest = std::ranges::max_element(seen, {}, &store::DmarcReportsTable::Seen::last);
  policy.p = publishedPolicy(newest->policy);
  std::optional<Instant> other;
  auto first = newest->first;
  for (const auto& one : seen) {
    if (publishedPolicy(one.policy) == policy.p)
      first = std::min(first, one.first);
    else if (!other || one.last > *other)
      other = one.last;
  }
  policy.since = other ? zone.dateOf(*other) : zone.dateOf(first);
  return policy;
}

std::map<Date, std::uint64_t> deliveredBy(const Statistics& statistics, const config::Dmarc& configuration,
                                          std::string_view domain, Date from, Date to) {
  std::map<Date, std::uint64_t> delivered;
  const auto found = std::ranges::find(configuration.domains, domain, &config::DmarcDomain::name);
  if (found == configuration.domains.end() || found->accounts.empty()) return delivered;
  for (auto day = from; day <= to; day += daysOf(1)) {
    std::uint64_t sum = 0;
    const bool isKnown = std::ranges::all_of(found->accounts, [&](const std::string& account) {
      const auto total = statistics.dayTotal({account, delivery::Dimension::account, ""}, day);
      if (!total) return false;
      sum += static_cast<std::uint64_t>(std::max<std::int64_t>(0, (*total)[delivery::Metric::delivered]));
      return true;
    });
    if (isKnown) delivered[day] = sum;
  }
  return delivered;
}

struct Rows {
  std::vector<dmarc::KnownSender> senders;
  std::vector<dmarc::Sum> sums;
  std::vector<store::DmarcDaysTable::Reporter> reporters;
  std::uint64_t judgedReporters = 0;
  std::vector<store::DmarcReportsTable::Seen> policies;
};

Result<Rows> readRows(const DmarcReports& reports, std::string_view domain, const DmarcView& view) {
  Rows rows;
  const auto read = reports.database().read([&] {
    store::DmarcDaysTable table(reports.database());
    for (auto& source : table.sources(domain))
      rows.senders.push_back(
          {source.id, std::move(source.sender), source.firstDay, source.lastDay, source.ever});
    const auto first = std::min(view.firstShown, view.firstJudged) - daysOf(dmarc::kEnforcementDays);
    for (const auto& cell : table.cells(domain, first, view.today))
      rows.sums.push_back({cell.day, cell.source, cell.fate, cell.messages});
    rows.reporters = table.reporters(domain, view.firstShown, view.today);
    rows.judgedReporters = table.reporters(domain, view.firstJudged, view.lastClosed).size();
    rows.policies = store::DmarcReportsTable(reports.database()).policies(domain);
  });
  if (!read) return read.error();
  return rows;
}

}  // namespace

std::vector<dmarc::NamedSource> namedSources(const config::Dmarc& configuration) {
  std::vector<dmarc::NamedSource> named;
  for (const auto& source : configuration.sources) {
    dmarc::NamedSource one;
    one.name = source.name;
    if (source.kind == config::DmarcSourceKind::ours) one.origin = dmarc::Origin::own;
    if (source.kind == config::DmarcSourceKind::forwarder) one.origin = dmarc::Origin::forwarded;
    one.domains = source.domains;
    for (const auto& text : source.networks)
      if (const auto network = dmarc::parseNetwork(text)) one.networks.push_back(*network);
    named.push_back(std::move(one));
  }
  return named;
}

Result<DmarcView> dmarcView(const DmarcReports& reports, const Statistics& statistics,
                            const config::Config& configuration, Instant now, std::string_view domain,
                            int days) {
  DmarcView view;
  view.domain = domain;
  view.days = std::clamp(days, 1, kMaxDmarcDays);
  view.today = reports.zone().dateOf(now);
  view.lastClosed = dmarc::lastClosedDay(now, reports.zone());
  view.firstShown = view.today - daysOf(view.days - 1);
  view.firstJudged = view.lastClosed - daysOf(dmarc::kEnforcementDays - 1);
  auto rows = readRows(reports, domain, view);
  if (!rows) return std::move(rows).error();
  const auto settings = configuration.dmarc.value_or(config::Dmarc{});
  const auto named = namedSources(settings);
  view.shown = dmarc::judge(domain, rows->senders, rows->sums, named, view.firstShown);
  view.reporters = std::move(rows->reporters);
  view.policy = policyFrom(rows->policies, reports.zone());
  dmarc::EnforcementFacts facts;
  facts.firstDay = view.firstJudged;
  facts.lastDay = view.lastClosed;
  facts.reporters = rows->judgedReporters;
  facts.policy = view.policy;
  facts.delivered = deliveredBy(statistics, settings, domain, facts.firstDay, facts.lastDay);
  std::erase_if(rows->sums, [&](const dmarc::Sum& sum) { return sum.day > facts.lastDay; });
  facts.sources = dmarc::judge(domain, rows->senders, rows->sums, named, facts.firstDay);
  view.enforcement = dmarc::judgeEnforcement(facts);
  return view;
}

Result<std::vector<std::string>> dmarcDomains(const DmarcReports& reports,
                                              const config::Config& configuration) {
  std::vector<std::string> domains;
  if (configuration.dmarc)
    for (const auto& domain : configuration.dmarc->domains) domains.push_back(domain.name);
  const auto read = reports.database().read([&] {
    for (const auto& [domain, span] : store::DmarcDaysTable(reports.database()).domains())
      if (domains.size() < kMaxDomains && reports.isOurs(domain) &&
          std::ranges::find(domains, domain) == domains.end())
        domains.push_back(domain);
  });
  if (!read) return read.error();
  return domains;
}

Result<std::vector<store::DmarcAsideTable::Row>> dmarcRefused(const DmarcReports& reports, std::size_t max) {
  std::vector<store::DmarcAsideTable::Row> rows;
  const auto read =
      reports.database().read([&] { rows = store::DmarcAsideTable(reports.database()).latest(max); });
  if (!read) return read.error();
  return rows;
}

metrics::DmarcNumbers dmarcNumbers(const DmarcView& view, const TimeZone& zone) {
  metrics::DmarcNumbers numbers;
  const auto closed = [&](const auto& day) { return day.first <= view.lastClosed; };
  std::optional<Date> last;
  for (const auto& day : view.shown.days)
    if (closed(day)) last = day.first;
  const auto put = [](auto& to, const std::string& first, const dmarc::Tally& tally) {
    const std::pair<const char*, std::uint64_t> parts[] = {
        {"both", tally.both}, {"dkim", tally.dkimOnly}, {"spf", tally.spfOnly}, {"none", tally.fail}};
    for (const auto& [name, count] : parts) to[{first, name}] += count;
  };
  if (last) {
    const auto& day = view.shown.days.at(*last);
    numbers.day = zone.startOf(*last);
    for (std::size_t i = 0; i < dmarc::kOriginCount; ++i)
      put(numbers.messages, std::string(name(static_cast<dmarc::Origin>(i))), day.byOrigin.at(i));
    numbers.dispositions = {{"none", day.dispositions.none},
                            {"quarantine", day.dispositions.quarantined},
                            {"reject", day.dispositions.rejected}};
    std::set<std::string> exported;
    for (const auto& source : view.shown.sources) {
      const auto tally = source.days.find(*last);
      if (tally == source.days.end()) continue;
      const bool fits = exported.contains(source.name) || exported.size() < kExportedSources;
      if (fits) exported.insert(source.name);
      put(numbers.sources, fits ? source.name : "other", tally->second);
    }
  }
  const auto& judged = view.enforcement;
  if (judged.ownMessages > 0)
    numbers.ownPass = static_cast<double>(judged.ownPassed) / static_cast<double>(judged.ownMessages);
  numbers.coverage = judged.coverage;
  for (const auto step : {dmarc::Step::quarantine, dmarc::Step::reject}) {
    bool ready = true;
    for (const auto& condition : judged.conditions(step)) {
      ready = ready && (condition.state == dmarc::State::met || condition.state == dmarc::State::byHand);
      if (condition.state == dmarc::State::met || condition.state == dmarc::State::unmet)
        numbers.conditions[{std::string(name(step)), std::string(name(condition.id))}] =
            condition.state == dmarc::State::met;
    }
    numbers.ready[std::string(name(step))] = ready;
  }
  return numbers;
}

}  // namespace arrivald::watch
