#include "simulation/incident_world.hpp"

#include <algorithm>

#include "rules/defaults.hpp"
#include "simulation/aggregated_stream.hpp"

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;
using delivery::Dimension;
using delivery::Subject;
using incidents::Late;

const Subject kAccount{"city", Dimension::account, ""};

}  // namespace

IncidentWorld::IncidentWorld(unsigned seed, double readRightly)
    : city_(seed, TimeZone::find("Asia/Tokyo").value(), readRightly),
      accountZone_(city_.zone()),
      aggregator_("city", accountZone_, groups_, 50),
      now_(city_.zone().startOf(parseDate("2026-05-11").value())),
      flushed_(now_),
      rules_(rules::defaults()),
      table_(now_) {
  for (const auto source :
       {rules::Source::statistics, rules::Source::categoryStatistics, rules::Source::events})
    readings_.push_back({.source = source, .every = 60s, .since = now_, .lastSuccess = {}, .error = {}});
  for (const std::string& category : City::categories()) aggregator_.know(category);
}

// Events come half a minute after they happened.
void IncidentWorld::mail() {
  const std::vector<Happened> happened = city_.minute(now_);
  unreported_.insert(unreported_.end(), happened.begin(), happened.end());
  now_ += 1min;
  std::ranges::sort(unreported_, {}, [](const Happened& one) { return std::pair(one.at, one.mail); });
  const Instant reported = now_ - 30s;
  stream::Record record;
  std::size_t count = 0;
  table_.advance(now_, [&] {
    std::vector<incidents::Root> roots;
    for (const incidents::Incident& incident : followed_.incidents)
      if (!incident.endedAt || now_ - *incident.endedAt < 3h) roots.push_back(incident.root);
    return roots;
  }());
  for (; count < unreported_.size() && unreported_[count].at <= reported; ++count) {
    const Happened& one = unreported_[count];
    record.at = one.at;
    record.messageKey = one.mail * 0x9E3779B97F4A7C15ULL;
    record.domain = City::domains()[one.receiver];
    record.categories = City::categories()[one.category];
    record.kind = one.kind;
    const auto effect = aggregator_.apply(record, now_, true);
    const bool fails = stream::isFailure(one.kind);
    if (fails || one.kind == stream::EventKind::delivered)
      table_.add(record.categories, groups_->name(effect.group),
                 fails ? std::optional(one.cause) : std::nullopt, one.at);
  }
  unreported_.erase(unreported_.begin(), unreported_.begin() + static_cast<std::ptrdiff_t>(count));
  auto flush = aggregator_.flush(flushed_, now_);
  for (const delivery::Increment& increment : flush.increments) streamed_.add(increment);
  for (const auto& late : flush.late) streamed_.at(late.subject).addLate(late.at, late.counts);
  Published published{flushed_, now_, {}};
  for (delivery::Increment& increment : flush.increments)
    if (increment.subject.dimension != Dimension::domainGroup)
      published.increments.push_back(std::move(increment));
  unpublished_.push_back(std::move(published));
  flushed_ = now_;
  aggregator_.inFlight().age(now_, stream::Aggregator::kLost);
  table_.setWaiting(waiting());
}

// The statistics show the same two minutes later.
void IncidentWorld::publish() {
  while (!unpublished_.empty() && unpublished_.front().to <= now_ - 2min) {
    for (delivery::Increment increment : unpublished_.front().increments) {
      increment.from += 2min;
      increment.to += 2min;
      statistics_.add(increment);
    }
    unpublished_.erase(unpublished_.begin());
  }
  for (rules::Reading& reading : readings_) reading.lastSuccess = now_;
}

std::vector<incidents::WaitingWindow> IncidentWorld::waiting() const {
  std::vector<incidents::WaitingWindow> windows{{Late::soon, 1min, {}},  {Late::overdue, 1min, {}},
                                                {Late::soon, 15min, {}}, {Late::overdue, 15min, {}},
                                                {Late::soon, 60min, {}}, {Late::overdue, 60min, {}}};
  for (incidents::WaitingWindow& window : windows)
    for (std::size_t g = 0; g < groups_->size(); ++g) {
      const Subject subject{"city", Dimension::domainGroup, groups_->name(static_cast<std::uint16_t>(g))};
      const delivery::Series* series = streamed_.find(subject);
      if (series == nullptr) continue;
      const Duration after = lateAfter(window.late);
      const auto sent = series->sum(window.window, now_ - after, 100h).counts[delivery::Metric::processed];
      const auto in = aggregator_.waiting(subject, now_, after, window.window);
      window.receivers.push_back(
          {subject.name, std::max(sent, in.overdue), in.overdue - in.overdueDeferred, in.overdueDeferred});
    }
  return windows;
}

void IncidentWorld::judge() {
  if (const delivery::Series* series = statistics_.find(kAccount);
      series != nullptr && now_ - learned_ >= 1h) {
    learned_ = now_;
    profiles_.insert_or_assign(kAccount, rules::learnProfile(*series, city_.zone(), {}, now_));
  }
  const AggregatedStream stream(aggregator_);
  const rules::WindowFacts facts({.statistics = statistics_,
                                  .profiles = profiles_,
                                  .accounts = {{"city", readings_}},
                                  .now = now_,
                                  .past = &past_,
                                  .events = &streamed_,
                                  .stream = &stream,
                                  .alerts = alerts_});
  rules::Verdict verdict = rules::evaluate(rules_, facts, alerts_, now_);
  alerts_ = std::move(verdict.alerts);
  changes = std::move(verdict.changes);
  const incidents::AccountMail mail[] = {{"city", &table_}};
  incidents::Look look = incidents::follow(std::move(followed_), alerts_, mail, now_);
  followed_ = std::move(look.state);
  incidentChanges = std::move(look.changes);
  notices = incidents::notices(followed_, incidentChanges, now_, policy);
}

void IncidentWorld::pass(Instant until) {
  while (now_ < until) {
    mail();
    publish();
  }
}

void IncidentWorld::step() {
  mail();
  publish();
  judge();
}

}  // namespace arrivald::simulation
