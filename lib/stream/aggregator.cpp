#include "stream/aggregator.hpp"

#include <algorithm>

namespace arrivald::stream {

using delivery::Dimension;
using delivery::Subject;

namespace {

// A category gets counts of its own from this many events on, so that names that occur once or twice (such as
// one per message) do not fill the table.
constexpr std::uint32_t kEnough = 10;
constexpr std::size_t kMaxCandidates = 2000;
constexpr std::size_t kMaxCategoryName = 255;

std::int64_t minuteOf(Instant at) {
  return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}
Instant endOf(std::int64_t minute) { return Instant(std::chrono::minutes(minute + 1)); }

}  // namespace

Aggregator::Aggregator(std::string account, TimeZone zone, std::shared_ptr<DomainGroups> groups,
                       std::size_t maxCategories)
    : account_(std::move(account)),
      zone_(std::move(zone)),
      groups_(std::move(groups)),
      maxCategories_(maxCategories) {
  whole_.known = true;
}

std::uint16_t Aggregator::categoryOf(std::string_view name, bool atOnce) {
  if (const auto found = categoryIds_.find(name); found != categoryIds_.end()) return found->second;
  if (categories_.size() >= maxCategories_ || name.empty() || name.size() > kMaxCategoryName) return kNone;
  if (!atOnce) {
    const auto candidate = candidates_.find(name);
    if (candidate == candidates_.end()) {
      // The table is full of names that occurred only a few times: start over.
      if (candidates_.size() >= kMaxCandidates) candidates_.clear();
      candidates_.emplace(name, 1);
      return kNone;
    }
    if (++candidate->second < kEnough) return kNone;
    candidates_.erase(candidate);
  }
  const auto id = static_cast<std::uint16_t>(categories_.size());
  categories_.emplace_back(name);
  categoryIds_.emplace(name, id);
  byCategory_.emplace_back().known = true;
  return id;
}

delivery::Counts& Aggregator::countsOf(Line& line, std::int64_t minute) {
  line.known = true;
  if (line.minute != minute || !line.counts.counts) {
    line.minute = minute;
    line.counts.counts = &line.minutes[minute];
  }
  return *line.counts.counts;
}

void Aggregator::measure(Line& line, Duration latency, Instant at, Instant now) {
  line.latency.make().add(latency, at, now);
}

Aggregator::Effect Aggregator::apply(const Record& record, Instant now, bool count, Instant received) {
  Effect effect;
  if (record.kind == EventKind::accountStatusChange) return effect;
  effect.group = groups_->of(record.domain);
  if (effect.group >= byGroup_.size()) byGroup_.resize(effect.group + 1U);
  // SendGrid's clock may be ahead of ours: no event lies in the future.
  const auto at = std::min(record.at, now);
  InFlight::Change change;
  const bool late = at <= received - kLatest;
  // What was processed a day before its event came has ended meanwhile, or its outcome comes late as well.
  if (const auto step = stepOf(record.kind); step && !(late && *step == Step::processed))
    change = inFlight_.apply(record.messageKey, *step, at, effect.group);
  effect.latency = change.latency;
  effect.finished = change.finished;
  if (change.finished) outcomeDelay_.note(at, received);
  if (const auto first = firstCategory(record.categories); categoryIds_.contains(first))
    effect.category = first;
  if (isFailure(record.kind) && !late) clusters_.add(record.domain, effect.group, at, received);
  const bool counts = count && at > now - kLatest;
  if (!counts && !effect.latency) return effect;
  anything_ = anything_ || counts;
  const auto minute = minuteOf(at);
  const bool returned = counts && change.returned && *change.returned > now - kLatest;
  const auto note = [&](Line& line) {
    if (counts) addTo(countsOf(line, minute), record.kind);
    if (returned) ++countsOf(line, minuteOf(*change.returned))[delivery::Metric::returned];
    if (effect.latency) measure(line, *effect.latency, change.deliveredAt, now);
  };
  note(whole_);
  note(byGroup_[effect.group]);
  eachCategory(record.categories, [&](std::string_view name) {
    if (const auto id = categoryOf(name, false); id != kNone) note(byCategory_[id]);
  });
  return effect;
}

void Aggregator::flushLine(Line& line, const Subject& subject, Instant from, Instant now,
                           Flush& flush) const {
  if (!line.known) return;
  delivery::Increment increment;
  increment.subject = subject;
  increment.from = from;
  increment.to = now;
  for (const auto& [minute, counts] : line.minutes) {
    // The minute of the last flush is not over at `from`: what it holds counts as gained after it.
    if (endOf(minute) > from)
      increment.counts += counts;
    else
      flush.late.push_back({subject, endOf(minute), counts});
  }
  line.minutes.clear();
  line.counts = {};
  flush.increments.push_back(std::move(increment));
}

Aggregator::Flush Aggregator::flush(Instant from, Instant now) {
  Flush flush;
  for (const auto& [minute, counts] : whole_.minutes)
    flush.days[zone_.dateOf(Instant(std::chrono::minutes(minute)))] += counts;
  flushLine(whole_, {account_, Dimension::account, ""}, from, now, flush);
  for (std::size_t i = 0; i < byGroup_.size(); ++i)
    flushLine(byGroup_[i], {account_, Dimension::domainGroup, groups_->name(static_cast<std::uint16_t>(i))},
              from, now, flush);
  for (std::size_t i = 0; i < byCategory_.size(); ++i)
    flushLine(byCategory_[i], {account_, Dimension::category, categories_[i]}, from, now, flush);
  clusters_.flush(now);
  anything_ = false;
  return flush;
}

const Aggregator::Line* Aggregator::find(const Subject& subject) const {
  if (subject.account != account_) return nullptr;
  switch (subject.dimension) {
    case Dimension::account:
      return &whole_;
    case Dimension::domainGroup: {
      const auto group = groups_->find(subject.name);
      return group && *group < byGroup_.size() ? &byGroup_[*group] : nullptr;
    }
    case Dimension::category: {
      const auto id = categoryIds_.find(subject.name);
      return id == categoryIds_.end() ? nullptr : &byCategory_[id->second];
    }
    default:
      return nullptr;
  }
}

const LatencyWindow* Aggregator::latency(const Subject& subject) const {
  const auto* line = find(subject);
  return line ? line->latency.get() : nullptr;
}

std::optional<std::vector<FailureClusters::Excess>> Aggregator::failuresBeyond(std::int64_t max,
                                                                               const Subject& subject) const {
  if (subject.account != account_) return std::nullopt;
  if (subject.dimension == Dimension::account) return clusters_.beyond(max, std::nullopt);
  if (subject.dimension != Dimension::domainGroup) return std::nullopt;
  const auto group = groups_->find(subject.name);
  if (!group) return std::vector<FailureClusters::Excess>{};
  return clusters_.beyond(max, group);
}

InFlight::Waiting Aggregator::waiting(const Subject& subject, Instant now, Duration after,
                                      Duration within) const {
  InFlight::Waiting all;
  if (subject.account != account_) return all;
  if (subject.dimension == Dimension::domainGroup) {
    if (const auto group = groups_->find(subject.name)) all = inFlight_.waiting(*group, now, after, within);
  } else if (subject.dimension == Dimension::account) {
    for (std::size_t i = 0; i < inFlight_.groups(); ++i)
      all += inFlight_.waiting(static_cast<std::uint16_t>(i), now, after, within);
  }
  return all;
}

}  // namespace arrivald::stream
