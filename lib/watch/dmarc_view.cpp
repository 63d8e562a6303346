#include "watch/dmarc_view.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "runtime/sleep.hpp"
#include "runtime/turn.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxDomains = 200;
constexpr std::size_t kExportedSources = 50;
constexpr std::size_t kSlice = 1000;  // rows that are read at once
// More than that of a domain is not looked at: some 200 MB.
constexpr std::size_t kMaxCells = 4'000'000;
constexpr std::size_t kMaxArrivals = 20'000;
constexpr int kArrivalDays = 15;

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
    if (publishedPolicy(one.policy) == policy.p) {
      first = std::min(first, one.first);
    } else if (!other || one.last > *other) {
      other = one.last;
      policy.before = publishedPolicy(one.policy);
    }
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

std::uint64_t failedOf(const store::DmarcDaysTable::Cell& cell) {
  return cell.fate.aligned == dmarc::Aligned::none ? cell.messages : 0;
}

std::vector<DmarcReporter> reportersOf(const DmarcRows& rows, Date from) {
  std::unordered_map<std::int64_t, DmarcReporter> byId;
  // The cells come by day.
  for (const auto& cell : rows.cells) {
    if (cell.day < from) continue;
    auto& reporter = byId[cell.reporter];
    if (reporter.days == 0 || reporter.lastDay != cell.day) ++reporter.days;
    reporter.id = cell.reporter;
    reporter.lastDay = cell.day;
    reporter.messages += cell.messages;
    reporter.failed += failedOf(cell);
  }
  std::vector<DmarcReporter> reporters;
  for (auto& [id, reporter] : byId) reporters.push_back(std::move(reporter));
  std::ranges::sort(reporters, [](const DmarcReporter& a, const DmarcReporter& b) {
    return std::pair(b.messages, a.id) < std::pair(a.messages, b.id);
  });
  return reporters;
}

std::vector<dmarc::Arrivals> arrivalsOf(const DmarcRows& rows, const TimeZone& zone) {
  std::map<std::string, dmarc::Arrivals> byReporter;
  for (const auto& arrival : rows.arrivals) {
    auto& reporter = byReporter[arrival.reporter];
    reporter.reporter = arrival.reporter;
    reporter.last = std::max(reporter.last, arrival.last);
    reporter.days.push_back(zone.dateOf(arrival.last));
  }
  std::vector<dmarc::Arrivals> arrivals;
  for (auto& [name, reporter] : byReporter) {
    std::ranges::sort(reporter.days);
    const auto repeated = std::ranges::unique(reporter.days);
    reporter.days.erase(repeated.begin(), repeated.end());
    arrivals.push_back(std::move(reporter));
  }
  return arrivals;
}

void addTo(dmarc::Source& rest, const dmarc::Source& source) {
  if (rest.tally.messages() == 0) rest.firstDay = source.firstDay;
  rest.firstDay = std::min(rest.firstDay, source.firstDay);
  rest.lastDay = std::max(rest.lastDay, source.lastDay);
  rest.tally += source.tally;
  rest.dispositions.none += source.dispositions.none;
  rest.dispositions.quarantined += source.dispositions.quarantined;
  rest.dispositions.rejected += source.dispositions.rejected;
  for (std::size_t i = 0; i < rest.causes.size(); ++i) rest.causes.at(i) += source.causes.at(i);
  for (const auto& [day, tally] : source.days) rest.days[day] += tally;
}

// The largest, but forged mail, of which anybody can make as much as he likes, leaves room for the others.
void cut(DmarcWhole& whole) {
  constexpr std::size_t kOthers = DmarcView::kMaxSources * 3 / 4;
  auto& view = whole.view;
  view.rest.sum.name = "other";
  view.rest.sum.origin = dmarc::Origin::unknown;
  view.rest.sum.evidence = dmarc::Evidence::tooMany;
  std::vector<bool> kept(whole.sources.size());
  std::size_t count = 0;
  const auto keep = [&](std::size_t max, bool forged) {
    for (std::size_t i = 0; i < whole.sources.size() && count < max; ++i) {
      if (kept[i] || (!forged && whole.sources[i].origin == dmarc::Origin::spoofed)) continue;
      kept[i] = true;
      ++count;
    }
  };
  keep(kOthers, false);
  keep(DmarcView::kMaxSources, true);
  for (std::size_t i = 0; i < whole.sources.size(); ++i) {
    if (kept[i]) {
      view.shown.sources.push_back(whole.sources[i]);
    } else {
      ++view.rest.sources;
      addTo(view.rest.sum, whole.sources[i]);
    }
  }
  for (const auto& reporter : whole.reporters) {
    if (view.reporters.size() < DmarcView::kMaxReporters) {
      view.reporters.push_back(reporter);
      continue;
    }
    ++view.rest.reporters;
    view.rest.reported += reporter.messages;
    view.rest.failed += reporter.failed;
  }
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

DmarcViewRequest dmarcRequest(const DmarcReports& reports, const Statistics& statistics,
                              const config::Config& configuration, Instant now, std::string_view domain,
                              int days) {
  DmarcViewRequest request;
  request.domain = domain;
  request.now = now;
  request.zone = reports.zone();
  request.days = std::clamp(days, 1, kMaxDmarcDays);
  const auto settings = configuration.dmarc.value_or(config::Dmarc{});
  request.named = namedSources(settings);
  const auto last = dmarc::lastClosedDay(now, request.zone);
  request.delivered =
      deliveredBy(statistics, settings, domain, last - daysOf(dmarc::kEnforcementDays - 1), last);
  request.since = reports.since();
  // One domain tells of what cannot be read, since that is about none.
  request.tellsUnreadable = !settings.domains.empty() && settings.domains.front().name == domain;
  return request;
}

runtime::Task<Result<DmarcRows>> readDmarcRows(const DmarcReports& reports, DmarcViewRequest request) {
  DmarcRows rows;
  runtime::Turn turn;
  auto& database = reports.database();
  const auto today = request.zone.dateOf(request.now);
  const auto shown = today - daysOf(request.days - 1);
  const auto judged = dmarc::lastClosedDay(request.now, request.zone) - daysOf(dmarc::kEnforcementDays - 1);
  const auto from = std::min(shown, judged) - daysOf(dmarc::kEnforcementDays);
  std::vector<std::function<bool()>> parts;  // each true until it has read all
  parts.emplace_back([&] {
    std::optional<store::DmarcDaysTable::Cell> after;
    if (!rows.cells.empty()) after = rows.cells.back();
    const auto cells = store::DmarcDaysTable(database).cells(request.domain, from, today, after, kSlice);
    rows.cells.insert(rows.cells.end(), cells.begin(), cells.end());
    return cells.size() == kSlice && rows.cells.size() < kMaxCells;
  });
  // After the cells, so that none of their senders is missing.
  parts.emplace_back([&] {
    const auto after = rows.senders.empty() ? 0 : rows.senders.back().id;
    auto sources = store::DmarcDaysTable(database).sources(request.domain, after, kSlice);
    for (auto& source : sources)
      rows.senders.push_back(
          {source.id, std::move(source.sender), source.firstDay, source.lastDay, source.ever});
    return sources.size() == kSlice;
  });
  const auto end = request.now + daysOf(1);
  auto at = request.now - daysOf(DmarcReports::kDaysKept);
  parts.emplace_back([&] {
    const auto next = std::min<Instant>(end, at + daysOf(10));
    std::ranges::move(store::DmarcReportsTable(database).policies(request.domain, at, next),
                      std::back_inserter(rows.policies));
    at = next;
    return at < end;
  });
  parts.emplace_back([&] {
    rows.arrivals = store::DmarcReportsTable(database).arrivals(
        request.domain, request.now - daysOf(kArrivalDays), end, kMaxArrivals);
    if (request.tellsUnreadable)
      rows.unreadable = store::DmarcAsideTable(database).refusedSince(request.now - daysOf(1));
    return false;
  });
  for (const auto& part : parts) {
    bool more = true;
    while (more) {
      const auto read = database.read([&] { more = part(); });
      if (!read) co_return read.error();
      if (!turn.isOver()) continue;
      co_await runtime::yieldLoop();
      turn.begin();
    }
  }
  co_return std::move(rows);
}

DmarcWhole dmarcWholeOf(const DmarcRows& rows, const DmarcViewRequest& request) {
  DmarcWhole whole;
  auto& view = whole.view;
  view.domain = request.domain;
  view.today = request.zone.dateOf(request.now);
  view.lastClosed = dmarc::lastClosedDay(request.now, request.zone);
  view.firstShown = view.today - daysOf(request.days - 1);
  view.firstJudged = view.lastClosed - daysOf(dmarc::kEnforcementDays - 1);
  view.policy = policyFrom(rows.policies, request.zone);
  std::vector<dmarc::Sum> sums;
  std::set<std::int64_t> judgedReporters;
  for (const auto& cell : rows.cells) {
    sums.push_back({cell.day, cell.source, cell.fate, cell.messages});
    if (cell.day >= view.firstJudged && cell.day <= view.lastClosed) judgedReporters.insert(cell.reporter);
  }
  view.shown = dmarc::judge(view.domain, rows.senders, sums, request.named, view.firstShown);
  whole.sources = std::move(view.shown.sources);
  view.shown.sources.clear();
  whole.reporters = reportersOf(rows, view.firstShown);
  dmarc::EnforcementFacts facts;
  facts.firstDay = view.firstJudged;
  facts.lastDay = view.lastClosed;
  facts.reporters = judgedReporters.size();
  facts.policy = view.policy;
  facts.delivered = request.delivered;
  facts.dns = request.dnsState;
  view.dns = request.dns;
  std::erase_if(sums, [&](const dmarc::Sum& sum) { return sum.day > facts.lastDay; });
  facts.sources = dmarc::judge(view.domain, rows.senders, sums, request.named, facts.firstDay);
  view.enforcement = dmarc::judgeEnforcement(facts);
  view.signs = dmarc::signsOf(facts, request.zone);
  dmarc::addArrivals(view.signs, arrivalsOf(rows, request.zone), request.since, request.now);
  view.signs.unreadable = static_cast<std::int64_t>(rows.unreadable);
  cut(whole);
  return whole;
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
    if (const auto tally = view.rest.sum.days.find(*last); tally != view.rest.sum.days.end())
      put(numbers.sources, "other", tally->second);
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
