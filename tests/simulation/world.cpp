#include "simulation/world.hpp"

#include <algorithm>

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Subject;

const Subject kAccount{"town", Dimension::account, ""};

}  // namespace

std::vector<rules::Rule> naiveRules() {
  rules::RateThreshold kind;
  kind.windows = {60min};
  kind.warning = 0.95;
  kind.recovery = 0.95;
  kind.minimumVolume = 50;
  kind.minimumFailures = 1;
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
      lags_(60) {
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
  const std::vector<Counts> groups = town_.minute(now_);
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
    for (const delivery::Increment& increment : ledger_.book(*read).increments) windows_.add(increment);
}

void World::judge(Judge& judge) {
  const rules::WindowFacts facts(windows_, profiles_, {{"town", readings_, {}}}, &past_);
  rules::Verdict verdict = rules::evaluate(judge.rules, facts, judge.alerts, now_);
  judge.alerts = std::move(verdict.alerts);
  judge.changes = std::move(verdict.changes);
}

void World::live(Instant until) {
  while (now_ < until) {
    mail();
    publish();
    if ((now_.time_since_epoch() / 1min) % 5 == 0) poll();
  }
}

void World::step() {
  mail();
  publish();
  poll();
  if (const delivery::Series* series = windows_.find(kAccount); series != nullptr && now_ - learned_ >= 6h) {
    learned_ = now_;
    profiles_.insert_or_assign(kAccount, rules::learnProfile(*series, town_.zone(), {}, now_));
  }
  judge(shipped);
  judge(naive);
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
