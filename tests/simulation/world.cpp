#include "simulation/world.hpp"

#include <algorithm>

#include "simulation/aggregated_stream.hpp"

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Subject;

const Subject kAccount{"town", Dimension::account, ""};

// In the order of Town's groups.
constexpr const char* kDomains[] = {"gmail.com", "docomo.ne.jp", "town.example.lg.jp", "yahoo.co.jp",
                                    "outlook.jp"};

arrivald::stream::EventKind eventOf(delivery::Metric metric) {
  using arrivald::stream::EventKind;
  switch (metric) {
    case delivery::Metric::processed:
      return EventKind::processed;
    case delivery::Metric::deferred:
      return EventKind::deferred;
    case delivery::Metric::delivered:
      return EventKind::delivered;
    case delivery::Metric::bounces:
      return EventKind::bounce;
    case delivery::Metric::blocks:
      return EventKind::blocked;
    default:
      return EventKind::dropped;
  }
}

}  // namespace

std::vector<rules::Rule> naiveRules() {
  rules::RateThreshold kind;
  kind.windows = {60min};
  kind.warning = badShareOf(kind.input, 0.95);
  kind.recovery = kind.warning;
  kind.minVolume = 50;
  kind.minFailures = 1;
  kind.z = 0;
  rules::Rule rule;
  rule.name = "naive";
  rule.kind = kind;
  rule.keepFiringFor = 0min;
  rule.scope.dimensions = {Dimension::account, Dimension::mailboxProvider};
  return {rule};
}

namespace {

// Seven weeks from a Monday on: public offices close from December 29 to January 3, and the Coming of Age Day
// is a Monday. What the configuration does not tell (`told`) the rules expect of an office in Japan by
// themselves.
Setting overYearEnd(simulator::Habits habits, const Life& life, bool told) {
  for (const char* date :
       {"2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03", "2027-01-11"})
    habits.holidays.insert(parseDate(date).value());
  return {std::move(habits), life, Date(std::chrono::year(2026) / 11 / 30), 49, told};
}

}  // namespace

std::span<const Setting> settings() {
  using simulator::Habits;
  static const std::vector<Setting> all = [] {
    const Life usual{.stale = .01, .partial = .01, .restarts = .3};
    Life lumps = usual;
    lumps.updatedAtLeast = 15min;
    lumps.updatedAtMost = 15min;
    Life lumpsOfEvents = usual;
    lumpsOfEvents.posted = 5min;
    Life rough{.stale = .05, .partial = .05, .restarts = 1, .downtime = true};
    using Day = Habits::Day;
    return std::vector<Setting>{
        {{.name = "town"}, usual},
        {{.name = "town, rough life"}, rough},
        {{.name = "town, lumps of 15 min"}, lumps},
        {{.name = "day ends sharply", .day = Day::office, .busiest = 40, .night = 0}, usual},
        {{.name = "office of 20 a day",
          .day = Day::office,
          .busiest = 20 / 495.,
          .night = 0,
          .mailings = false},
         usual},
        {{.name = "sender at 97 %", .busiest = 8, .failureFactor = 5.2}, usual},
        {{.name = "monthly run of 200,000",
          .day = Day::office,
          .busiest = 3. / 60,
          .night = 0,
          .mailings = false,
          .monthlyRun = 200'000,
          .lateAtLeast = 15min,
          .lateAtMost = 25min},
         usual},
        {{.name = "round the clock", .day = Day::always, .busiest = 4, .mailings = false}, usual},
        {{.name = "outcomes 3 to 8 min late", .busiest = 10, .lateAtLeast = 3min, .lateAtMost = 8min}, usual},
        {{.name = "outcomes 10 to 20 min late", .busiest = 10, .lateAtLeast = 10min, .lateAtMost = 20min},
         usual},
        {{.name = "events in lumps of 5 min", .busiest = 8}, lumpsOfEvents},
        overYearEnd({.name = "town over the year's end"}, usual, false),
        overYearEnd({.name = "town over the year's end, told"}, usual, true),
        overYearEnd({.name = "office over the year's end",
                     .day = Day::office,
                     .busiest = 20 / 495.,
                     .night = 0,
                     .mailings = false},
                    usual, false),
        overYearEnd({.name = "office over the year's end, told",
                     .day = Day::office,
                     .busiest = 20 / 495.,
                     .night = 0,
                     .mailings = false},
                    usual, true),
    };
  }();
  return all;
}

World::World(unsigned seed, const Setting& setting)
    : life_(setting.life),
      holidaysTold_(setting.holidaysTold ? setting.habits.holidays : std::set<Date>()),
      fate_(seed * 104729U + 3),
      town_(seed, TimeZone::find("Asia/Tokyo").value(), setting.habits),
      accountZone_(TimeZone::find("America/Los_Angeles").value()),  // as the provider sets up new accounts
      random_(seed * 7919U + 1),
      now_(town_.zone().startOf(setting.begins)),
      totals_(town_.groups().size() + 1),
      behind_(totals_.size()),
      lags_(60),
      aggregator_("town", accountZone_, groups_, 0) {
  for (const auto source : {rules::Source::statistics, rules::Source::providerStatistics})
    readings_.push_back({.source = source, .every = 60s, .since = now_, .lastSuccess = {}, .error = {}});
}

void World::begin(Incident incident, Instant start, Duration length) {
  incident_ = incident;
  start_ = start;
  end_ = start + length;
  town_.begin(incident, start, length);
}

void World::mail() {
  const std::vector<Counts> groups = town_.minute(now_, &happenings_);
  Counts all;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].isZero()) continue;
    all += groups[i];
    // Mailbox providers' statistics know of no requests.
    Counts shown = groups[i];
    shown[delivery::Metric::requests] = shown[delivery::Metric::processed] = 0;
    unpublished_.push_back({now_, i + 1, shown});
  }
  if (!all.isZero()) unpublished_.push_back({now_, 0, all});
  if (all[delivery::Metric::requests] > 0) lastRequested_ = now_;
  if (all.outcomes() > 0) lastAnswered_ = now_;
  now_ += 1min;
}

void World::publish() {
  if (now_ < nextPublication_) return;
  const auto between = [&](Duration least, Duration most) {
    return std::uniform_int_distribution<std::int64_t>(least / 1min, most / 1min)(random_) * Duration(1min);
  };
  nextPublication_ = now_ + between(life_.updatedAtLeast, life_.updatedAtMost);
  if (incident_ == Incident::statisticsGap && now_ >= start_ && now_ < end_) return;
  const Instant upTo = now_ - between(life_.shownAtLeast, life_.shownAtMost);
  if (std::bernoulli_distribution(.1)(random_)) behind_ = totals_;
  while (!unpublished_.empty() && unpublished_.front().at <= upTo) {
    const Unpublished& next = unpublished_.front();
    totals_[next.subject][accountZone_.dateOf(next.at)] += next.counts;
    const auto minutes = static_cast<std::size_t>((now_ - next.at) / 1min);
    if (next.subject == 0)
      lags_[std::min(minutes, lags_.size() - 1)] +=
          next.counts[delivery::Metric::requests] + next.counts.outcomes();
    unpublished_.pop_front();
  }
}

// One row as one answer shows it.
Counts World::shown(std::size_t subject, Date date, const Counts& counts, bool stale) {
  Counts shown = counts;
  if (stale)
    if (const auto found = behind_[subject].find(date); found != behind_[subject].end())
      shown = found->second;
  if (!calm_ && std::bernoulli_distribution(life_.partial)(fate_))
    shown[static_cast<delivery::Metric>(std::uniform_int_distribution<int>(0, 6)(fate_))] = 0;
  return shown;
}

// The daemon asks again half a minute after a doubtful answer.
void World::poll() {
  if (askAgain_) ask(now_ - 30s);
  askAgain_ = ask(now_);
}

// Whether what it answers is doubtful.
bool World::ask(Instant at) {
  const bool outage = incident_ == Incident::apiOutage && now_ >= start_ && now_ < end_;
  for (rules::Reading& reading : readings_) {
    reading.error = outage ? "unavailable" : "";
    if (!outage) reading.lastSuccess = at;
  }
  if (outage) return false;
  const Date today = accountZone_.dateOf(at);
  const Date firstDay = today - std::chrono::days(3);
  const bool stale = !calm_ && std::bernoulli_distribution(life_.stale)(fate_);
  delivery::Read account{{"town", Dimension::account}, at, firstDay, today + std::chrono::days(1), {}, false};
  delivery::Read providers = account;
  providers.source.dimension = Dimension::mailboxProvider;
  providers.namesAll = true;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    std::map<Date, Counts>& days = totals_[i];
    days.erase(days.begin(), days.lower_bound(firstDay));
    delivery::SubjectTotals totals;
    totals.subject =
        i == 0 ? kAccount : Subject{"town", Dimension::mailboxProvider, town_.groups()[i - 1].name};
    for (const auto& [date, counts] : days) totals.days.push_back({date, shown(i, date, counts, stale)});
    // The account's statistics have a row for every day asked for, with or without mail.
    if (i == 0)
      for (Date date = firstDay; date <= today; date += std::chrono::days(1))
        if (!days.contains(date)) totals.days.push_back({date, {}});
    std::ranges::sort(totals.days, {}, &delivery::DayTotal::date);
    (i == 0 ? account : providers).totals.push_back(std::move(totals));
  }
  bool doubtful = false;
  for (const delivery::Read* read : {&account, &providers}) {
    const auto changes = ledger_.apply(*read, &windows_);
    for (const delivery::Increment& increment : changes.increments) windows_.add(increment);
    doubtful = doubtful || changes.held;
  }
  return doubtful;
}

// Events come half a minute after they happened, in batches; the daemon books them once a minute.
void World::stream() {
  const Instant reported = now_ - 30s;
  if (now_ - posted_ >= life_.posted) posted_ = now_;
  arrivald::stream::Record record;
  std::erase_if(happenings_, [&](const simulator::Happening& one) {
    const bool isOutcome = one.metric != delivery::Metric::processed;
    if (one.at > (isOutcome ? std::min(reported, posted_) : reported)) return false;
    record.at = one.at;
    record.messageKey = (one.mail + 1) * 0x9E3779B97F4A7C15ULL;
    record.domain = kDomains[one.group];
    record.kind = eventOf(one.metric);
    aggregator_.apply(record, now_, true);
    return true;
  });
  const auto flush = aggregator_.flush(flushed_, now_);
  flushed_ = now_;
  for (const delivery::Increment& increment : flush.increments) streamed_.add(increment);
  for (const auto& late : flush.late) streamed_.at(late.subject).addLate(late.at, late.counts);
  aggregator_.inFlight().age(now_, arrivald::stream::Aggregator::kLost);
}

// Without the excess of single domains, as the tables of this simulation were made.
class World::StreamView final : public AggregatedStream {
 public:
  using AggregatedStream::AggregatedStream;
  std::optional<std::vector<Excess>> excessFailures(const Subject&, std::int64_t) const override {
    return {};
  }
};

void World::judge(Judge& by, bool withStream) {
  by.changes.clear();
  if (by.rules.empty()) return;
  const StreamView stream(aggregator_);
  const rules::WindowFacts facts({.statistics = windows_,
                                  .profiles = profiles_,
                                  .accounts = {{"town", readings_}},
                                  .now = now_,
                                  .past = withStream ? &streamedPast_ : &past_,
                                  .events = withStream ? &streamed_ : nullptr,
                                  .stream = withStream ? &stream : nullptr,
                                  .alerts = by.alerts});
  rules::Verdict verdict = rules::evaluate(by.rules, facts, by.alerts, now_);
  by.alerts = std::move(verdict.alerts);
  by.changes = std::move(verdict.changes);
}

// Decides when the daemon is away.
void World::live() {
  if (calm_) return;
  if (std::bernoulli_distribution(life_.restarts / 1440)(fate_))
    awayUntil_ = now_ + std::uniform_int_distribution<int>(1, 30)(fate_) * 1min;
  constexpr Duration kSecondThursday = 10 * 24h + 13h;
  if (life_.downtime && now_ - began_ == kSecondThursday) awayUntil_ = now_ + 8h;
}

// The alerts come back from the store, what is learned is learned again.
void World::restart() {
  profiles_.clear();
  learned_ = {};
  askAgain_ = false;
  delivery::Ledger ledger;
  for (const auto dimension : {Dimension::account, Dimension::mailboxProvider}) {
    const delivery::Source source{"town", dimension};
    if (const auto at = ledger_.lastRead(source)) ledger.restoreRead(source, *at, *ledger_.daysAsked(source));
  }
  for (const auto& subject : ledger_.subjects())
    for (const auto& cell : ledger_.cells(subject)) ledger.restore(cell);
  for (const auto& [subject, series] : windows_)
    if (const auto usual = series.usual()) ledger.restoreUsual(subject, *usual);
  ledger_ = std::move(ledger);
  past_ = streamedPast_ = {};
  for (rules::Reading& reading : readings_) {
    reading.since = now_;
    reading.lastSuccess.reset();
  }
  for (Judge* by : {&shipped, &streamed, &naive})
    for (rules::Alert& alert : by->alerts) alert = rules::alertFromJson(alert.key, toJson(alert)).value();
}

void World::pass(Instant until) {
  while (now_ < until) {
    mail();
    publish();
    poll();
    if (!streamed.rules.empty()) stream();
  }
}

void World::step() {
  mail();
  publish();
  live();
  if (now_ < awayUntil_) {
    for (Judge* by : {&shipped, &streamed, &naive}) by->changes.clear();
    return;
  }
  if (awayUntil_ != Instant{}) restart();
  awayUntil_ = {};
  poll();
  if (!streamed.rules.empty()) stream();
  if (const delivery::Series* series = windows_.find(kAccount); series != nullptr && now_ - learned_ >= 1h) {
    learned_ = now_;
    profiles_.insert_or_assign(kAccount, rules::learnProfile(*series, town_.zone(), holidaysTold_, now_));
  }
  judge(shipped, false);
  judge(streamed, true);
  judge(naive, false);
}

Duration World::meanLag() const {
  std::int64_t mails = 0;
  std::int64_t minutes = 0;
  for (std::size_t i = 0; i < lags_.size(); ++i) {
    mails += lags_[i];
    minutes += lags_[i] * static_cast<std::int64_t>(i);
  }
  return mails == 0 ? Duration{0} : Duration(1min) * minutes / mails;
}

Duration World::lag95() const {
  std::int64_t mails = 0;
  for (const std::int64_t n : lags_) mails += n;
  std::int64_t passed = 0;
  for (std::size_t i = 0; i < lags_.size(); ++i) {
    passed += lags_[i];
    if (20 * passed >= 19 * mails) return static_cast<Duration::rep>(i) * Duration(1min);
  }
  return Duration{0};
}

}  // namespace arrivald::simulation
