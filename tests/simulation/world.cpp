#include "simulation/world.hpp"

#include <algorithm>

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

World::World(unsigned seed)
    : town_(seed, TimeZone::find("Asia/Tokyo").value()),
      accountZone_(TimeZone::find("America/Los_Angeles").value()),  // as the provider sets up new accounts
      random_(seed * 7919U + 1),
      now_(town_.zone().startOf(parseDate("2026-05-11").value())),
      totals_(town_.groups().size() + 1),
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
  now_ += 1min;
}

// The statistics move every one to four minutes, and then show what is one to three minutes old.
void World::publish() {
  if (now_ < nextPublication_) return;
  nextPublication_ = now_ + std::uniform_int_distribution<int>(1, 4)(random_) * 1min;
  if (incident_ == Incident::statisticsGap && now_ >= start_ && now_ < end_) return;
  const Instant upTo = now_ - std::uniform_int_distribution<int>(1, 3)(random_) * 1min;
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

void World::poll() {
  const bool outage = incident_ == Incident::apiOutage && now_ >= start_ && now_ < end_;
  for (rules::Reading& reading : readings_) {
    reading.error = outage ? "unavailable" : "";
    if (!outage) reading.lastSuccess = now_;
  }
  if (outage) return;
  const Date today = accountZone_.dateOf(now_);
  const Date firstDay = today - std::chrono::days(3);
  delivery::Read account{{"town", Dimension::account}, now_, firstDay,
                         today + std::chrono::days(1), {},   false};
  delivery::Read providers = account;
  providers.source.dimension = Dimension::mailboxProvider;
  providers.namesAll = true;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    std::map<Date, Counts>& days = totals_[i];
    days.erase(days.begin(), days.lower_bound(firstDay));
    delivery::SubjectTotals totals;
    totals.subject =
        i == 0 ? kAccount : Subject{"town", Dimension::mailboxProvider, town_.groups()[i - 1].name};
    for (const auto& [date, counts] : days) totals.days.push_back({date, counts});
    (i == 0 ? account : providers).totals.push_back(std::move(totals));
  }
  for (const delivery::Read* read : {&account, &providers})
    for (const delivery::Increment& increment : ledger_.apply(*read).increments) windows_.add(increment);
}

// Events come half a minute after they happened, in batches; the daemon books them once a minute.
void World::stream() {
  const Instant reported = now_ - 30s;
  arrivald::stream::Record record;
  std::erase_if(happenings_, [&](const simulator::Happening& one) {
    if (one.at > reported) return false;
    record.at = one.at;
    record.messageKey = (one.mail + 1) * 0x9E3779B97F4A7C15ULL;
    record.domain = kDomains[one.group];
    record.kind = eventOf(one.metric);
    aggregator_.apply(record, now_, true);
    return true;
  });
  const auto flush = aggregator_.flush(now_ - 1min, now_);
  for (const delivery::Increment& increment : flush.increments) streamed_.add(increment);
  for (const auto& late : flush.late) streamed_.at(late.subject).addLate(late.at, late.counts);
  aggregator_.inFlight().age(now_, arrivald::stream::Aggregator::kLost);
}

class World::StreamView final : public rules::StreamFacts {
 public:
  explicit StreamView(const arrivald::stream::Aggregator& aggregator) : aggregator_(aggregator) {}

  bool alive(std::string_view, Instant) const override { return true; }
  std::optional<Waiting> waiting(const Subject& subject, Duration after, Duration window,
                                 Instant now) const override {
    const auto waiting = aggregator_.waiting(subject, now, after, window);
    Waiting reported{waiting.overdue, waiting.messages, waiting.deferred, waiting.oldest, {}};
    if (const auto* latency = aggregator_.latency(subject))
      reported.usualShare = latency->usualShareBeyond(after, now);
    return reported;
  }
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

 private:
  const arrivald::stream::Aggregator& aggregator_;
};

void World::evaluateRule(Judge& evaluateRule, bool withStream) {
  const StreamView stream(aggregator_);
  const rules::WindowFacts facts({.statistics = windows_,
                                  .profiles = profiles_,
                                  .accounts = {{"town", readings_}},
                                  .now = now_,
                                  .past = withStream ? &streamedPast_ : &past_,
                                  .events = withStream ? &streamed_ : nullptr,
                                  .stream = withStream ? &stream : nullptr,
                                  .alerts = evaluateRule.alerts});
  rules::Verdict verdict = rules::evaluate(evaluateRule.rules, facts, evaluateRule.alerts, now_);
  evaluateRule.alerts = std::move(verdict.alerts);
  evaluateRule.changes = std::move(verdict.changes);
}

void World::live(Instant until) {
  while (now_ < until) {
    mail();
    publish();
    stream();
    if ((now_.time_since_epoch() / 1min) % 5 == 0) poll();
  }
}

void World::step() {
  mail();
  publish();
  poll();
  stream();
  if (const delivery::Series* series = windows_.find(kAccount); series != nullptr && now_ - learned_ >= 6h) {
    learned_ = now_;
    profiles_.insert_or_assign(kAccount, rules::learnProfile(*series, town_.zone(), {}, now_));
  }
  evaluateRule(shipped, false);
  evaluateRule(streamed, true);
  evaluateRule(naive, false);
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
