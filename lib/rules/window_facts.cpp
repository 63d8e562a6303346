#include "rules/window_facts.hpp"

#include <algorithm>
#include <cmath>

#include "rules/outcome_lag.hpp"

namespace arrivald::rules {

VolumeProfile learnProfile(const delivery::Series& series, const TimeZone& zone,
                           const std::set<Date>& holidays, Instant now) {
  constexpr Duration kQuarter = VolumeProfile::kQuarter;
  constexpr std::size_t kQuarters = 4 * 24 * 28;
  const Instant end{now.time_since_epoch() / kQuarter * kQuarter};
  std::vector<QuarterCount> history;
  const auto buckets = series.buckets(kQuarter, kQuarters, end, {delivery::Metric::requests});
  for (std::size_t i = 0; i < buckets.size(); ++i)
    if (buckets[i])
      history.push_back({end - kQuarter * static_cast<std::int64_t>(buckets.size() - i),
                         (*buckets[i])[delivery::Metric::requests]});
  return VolumeProfile(history, zone, holidays);
}

WindowFacts::WindowFacts(Inputs inputs) : in_(std::move(inputs)) {
  if (in_.stream)
    for (const AccountReadings& one : in_.accounts)
      if (in_.stream->alive(one.account, in_.now)) alive_.insert(one.account);
}

const AccountReadings* WindowFacts::find(std::string_view account) const {
  const auto found = std::ranges::find(in_.accounts, account, &AccountReadings::account);
  return found == in_.accounts.end() ? nullptr : &*found;
}

bool WindowFacts::watched(const delivery::Subject& subject, Feed feed) const {
  return find(subject.account) && (!in_.feeds || in_.feeds->watched(subject, feed));
}

bool WindowFacts::evaluated(const delivery::Subject& subject) const {
  if (!watched(subject, Feed::mail)) return false;
  if (subject.dimension != delivery::Dimension::mailboxProvider || !alive_.contains(subject.account))
    return true;
  return std::ranges::any_of(in_.alerts, [&](const Alert& alert) {
    return alert.key.subject == subject && alert.state != AlertState::inactive &&
           alert.state != AlertState::resolved;
  });
}

std::vector<delivery::Subject> WindowFacts::subjects() const {
  std::set<delivery::Subject> all;
  for (const AccountReadings& one : in_.accounts) all.insert({one.account, delivery::Dimension::account, ""});
  const auto add = [&](const delivery::Windows& windows) {
    for (const auto& [subject, series] : windows)
      if (evaluated(subject)) all.insert(subject);
  };
  add(in_.statistics);
  if (in_.events) add(*in_.events);
  // As long as the longest window that rules judge the lists by, and a little more, so that alerts end.
  constexpr Duration kListed = std::chrono::hours(25);
  for (const AccountReadings& one : in_.accounts)
    for (delivery::Subject& group : listedGroups(one.account, kListed, in_.now))
      if (watched(group, Feed::lists)) all.insert(std::move(group));
  for (const Alert& alert : in_.alerts)
    if (active(alert.state) && alert.key.subject.dimension == delivery::Dimension::domainGroup &&
        watched(alert.key.subject, Feed::lists))
      all.insert(alert.key.subject);
  for (delivery::Subject& domain : sendingDomains())
    if (watched(domain, Feed::dmarc)) all.insert(std::move(domain));
  return {all.begin(), all.end()};
}

std::vector<delivery::Subject> WindowFacts::sendingDomains() const {
  return in_.dmarc ? in_.dmarc->sendingDomains() : std::vector<delivery::Subject>();
}

const DmarcSigns* WindowFacts::dmarcSigns(const delivery::Subject& subject) const {
  return in_.dmarc ? in_.dmarc->dmarcSigns(subject) : nullptr;
}

Duration WindowFacts::timing(const delivery::Subject& subject) const {
  Duration every{0};
  if (const AccountReadings* account = find(subject.account))
    for (const Reading& reading : account->readings)
      if (reading.source == sourceOf(subject.dimension)) every = reading.every;
  return std::max(Duration(std::chrono::minutes(3)), 3 * every);
}

bool WindowFacts::brings(const std::string& account, Duration window, Instant end) const {
  if (!in_.stream) return true;
  return alive_.contains(account) && in_.stream->complete(account, in_.now - end + window, in_.now);
}

Sum WindowFacts::sum(const delivery::Subject& subject, Duration window, Instant end, Basis basis) const {
  // While there is mail a batch arrives at least every 30 s, and the stream's windows are updated every
  // minute.
  constexpr Duration kStreamPatience = std::chrono::minutes(3);
  const auto read = [&](const delivery::Windows& windows, Duration timing, Basis of) {
    const delivery::WindowSum sum = windows.sum(subject, window, end, timing);
    return Sum{.counts = sum.counts,
               .known = sum.known,
               .covered = sum.covered,
               .basis = of,
               .unknown = sum.unknown};
  };
  const bool statisticsKnow = in_.statistics.find(subject) != nullptr;
  if (in_.events && basis != Basis::statistics &&
      (basis == Basis::events || !statisticsKnow || alive_.contains(subject.account))) {
    Sum sum = read(*in_.events, kStreamPatience, Basis::events);
    sum.known = sum.known && brings(subject.account, window, end);
    if (sum.known || basis == Basis::events || !statisticsKnow) return sum;
  }
  return read(in_.statistics, timing(subject), Basis::statistics);
}

std::optional<std::int64_t> WindowFacts::failuresBeyond(const delivery::Subject& subject, std::int64_t max,
                                                        Duration window, Instant end) const {
  const delivery::Series* series = in_.events ? in_.events->find(subject) : nullptr;
  const auto beyond = excessFailures(subject, max);
  if (series == nullptr || !beyond) return std::nullopt;
  // As much of each as the window's sum has: what leaves the window leaves both alike.
  double sum = 0;
  for (const Excess& excess : *beyond)
    sum += static_cast<double>(excess.failures) * series->shareOf(excess.at, excess.added, window, end);
  return std::llround(sum);
}

std::optional<std::vector<Facts::Excess>> WindowFacts::excessFailures(const delivery::Subject& subject,
                                                                      std::int64_t max) const {
  return in_.stream ? in_.stream->excessFailures(subject, max) : std::nullopt;
}

const delivery::Series* WindowFacts::longSeries(const delivery::Subject& subject) const {
  const delivery::Series* series = in_.statistics.find(subject);
  return series || !in_.events ? series : in_.events->find(subject);
}

std::vector<Sum> WindowFacts::series(const delivery::Subject& subject, Duration step, int count, Instant end,
                                     Basis) const {
  const delivery::Series* series = longSeries(subject);
  if (series == nullptr) return std::vector<Sum>(static_cast<std::size_t>(std::max(0, count)));
  // Only windows that end before the last read are final.
  // Days are needed by usualShare() only, which caches its result.
  const bool keep = in_.past != nullptr && step < std::chrono::hours(24) && series->lastRead() >= end;
  if (keep)
    if (const auto found = in_.past->series.find({subject, step, count});
        found != in_.past->series.end() && found->second.end == end)
      return found->second.sums;
  // What only the stream counts is unknown while it may lack some of it.
  if (series != in_.statistics.find(subject) && !brings(subject.account, std::chrono::hours(24), in_.now))
    return std::vector<Sum>(static_cast<std::size_t>(std::max(0, count)));
  std::vector<Sum> sums;
  for (const std::optional<delivery::Counts>& bucket :
       series->buckets(step, static_cast<std::size_t>(std::max(0, count)), end)) {
    Sum& sum = sums.emplace_back();
    if (!bucket) continue;
    sum.counts = *bucket;
    sum.known = true;
    sum.covered = step;
  }
  if (keep) in_.past->series.insert_or_assign({subject, step, count}, Past::Series{end, sums});
  return sums;
}

std::optional<Usual> WindowFacts::usualShare(const delivery::Subject& subject, Input input, int days,
                                             Instant until) const {
  const delivery::Series* series = longSeries(subject);
  if (series == nullptr) return std::nullopt;
  if (in_.past == nullptr || series->lastRead() < until)
    return Facts::usualShare(subject, input, days, until);
  std::vector<Past::UsualUntil>& known = in_.past->usual[{subject, input, days}];
  if (const auto found = std::ranges::find(known, until, &Past::UsualUntil::until); found != known.end())
    return found->usual;
  const std::optional<Usual> value = Facts::usualShare(subject, input, days, until);
  if (known.size() >= Past::kUsualKept) known.pop_back();
  known.insert(known.begin(), {until, value});
  return value;
}

std::vector<Reading> WindowFacts::readings(std::string_view account) const {
  const AccountReadings* found = find(account);
  return found == nullptr ? std::vector<Reading>{} : found->readings;
}

std::optional<std::int64_t> WindowFacts::listGrowth(std::string_view account, std::string_view list,
                                                    Duration window, Instant end) const {
  return in_.lists ? in_.lists->listGrowth(account, list, window, end) : std::nullopt;
}

std::optional<std::int64_t> WindowFacts::listedCauses(const delivery::Subject& subject,
                                                      const std::vector<std::string>& causes, Duration window,
                                                      Instant end) const {
  return in_.lists ? in_.lists->listedCauses(subject, causes, window, end) : std::nullopt;
}

std::optional<double> WindowFacts::usuallyListed(const delivery::Subject& subject,
                                                 const std::vector<std::string>& causes, Duration window,
                                                 Instant end) const {
  return in_.lists ? in_.lists->usuallyListed(subject, causes, window, end) : std::nullopt;
}

std::optional<Facts::ListedBlocks> WindowFacts::listedBlocks(const delivery::Subject& subject,
                                                             Duration window, Instant end) const {
  return in_.lists ? in_.lists->listedBlocks(subject, window, end) : std::nullopt;
}

std::vector<delivery::Subject> WindowFacts::listedGroups(std::string_view account, Duration window,
                                                         Instant end) const {
  return in_.lists ? in_.lists->listedGroups(account, window, end) : std::vector<delivery::Subject>{};
}

bool WindowFacts::alive(std::string_view account, Instant now) const {
  return now == in_.now ? alive_.contains(account) : in_.stream && in_.stream->alive(account, now);
}

bool WindowFacts::complete(std::string_view account, Duration window, Instant now) const {
  return in_.stream && in_.stream->complete(account, window, now);
}

std::optional<Facts::Lacking> WindowFacts::lacking(std::string_view account, Instant now) const {
  return in_.stream ? in_.stream->lacking(account, now) : std::nullopt;
}

bool WindowFacts::caughtUp(std::string_view account, Instant now) const {
  return in_.stream && in_.stream->caughtUp(account, now);
}

std::optional<std::int64_t> WindowFacts::unheard(std::string_view account, Instant now) const {
  return in_.stream ? in_.stream->unheard(account, now) : std::nullopt;
}

Duration WindowFacts::decidedWithin(std::string_view account, Input input, Duration window,
                                    Instant now) const {
  return in_.account ? in_.account->decidedWithin(account, input, window, now) : window;
}

bool WindowFacts::isBorneOut(std::string_view account, Input input, Instant now) const {
  return in_.account && in_.account->isBorneOut(account, input, now);
}

std::optional<double> WindowFacts::accountNumber(std::string_view account, Input input, Duration window,
                                                 Instant now) const {
  return in_.account ? in_.account->accountNumber(account, input, window, now) : std::nullopt;
}

std::optional<StreamFacts::CameLate> WindowFacts::cameLate(std::string_view account) const {
  return in_.stream ? in_.stream->cameLate(account) : std::nullopt;
}

Duration WindowFacts::statisticsBehind(std::string_view account, Instant now) const {
  return in_.stream ? in_.stream->statisticsBehind(account, now) : Duration{};
}

Duration WindowFacts::outcomeDelay(std::string_view account) const {
  return in_.stream ? in_.stream->outcomeDelay(account) : Duration{};
}

std::optional<Facts::Waiting> WindowFacts::waiting(const delivery::Subject& subject, Duration after,
                                                   Duration window, Instant now) const {
  return in_.stream ? in_.stream->waiting(subject, after, window, now) : std::nullopt;
}

std::optional<Facts::Latency> WindowFacts::latency(const delivery::Subject& subject, Duration window,
                                                   Instant now) const {
  return in_.stream ? in_.stream->latency(subject, window, now) : std::nullopt;
}

std::optional<std::int64_t> WindowFacts::causeCount(const delivery::Subject& subject,
                                                    const std::vector<std::string>& causes, Duration window,
                                                    Instant now) const {
  return in_.stream ? in_.stream->causeCount(subject, causes, window, now) : std::nullopt;
}

std::optional<Facts::DayCompared> WindowFacts::dayCompared(std::string_view account, Instant now) const {
  return in_.stream ? in_.stream->dayCompared(account, now) : std::nullopt;
}

std::optional<Facts::SettingsSeen> WindowFacts::streamSettings(std::string_view account) const {
  return in_.stream ? in_.stream->streamSettings(account) : std::nullopt;
}

std::optional<std::string> WindowFacts::accountStatus(std::string_view account) const {
  return in_.stream ? in_.stream->accountStatus(account) : std::nullopt;
}

std::optional<Expectation> WindowFacts::expectedRequests(const delivery::Subject& subject, Instant from,
                                                         Instant to) const {
  const auto profile = in_.profiles.find(subject);
  if (profile == in_.profiles.end()) return std::nullopt;
  const Instant start = profile->second.dayStart(to);
  std::int64_t before = 0;
  if (from > start)
    before =
        in_.statistics.sum(subject, from - start, from, timing(subject)).counts[delivery::Metric::requests];
  return profile->second.expect(from, to, before);
}

std::optional<Expectation> WindowFacts::expectedOnWorkingDay(const delivery::Subject& subject, Instant from,
                                                             Instant to) const {
  const auto profile = in_.profiles.find(subject);
  return profile == in_.profiles.end() ? std::nullopt : profile->second.expectOnWorkingDay(from, to);
}

std::optional<Instant> WindowFacts::midnight(const delivery::Subject& subject, Instant at) const {
  const auto profile = in_.profiles.find(subject);
  if (profile == in_.profiles.end()) return std::nullopt;
  return profile->second.dayStart(at);
}

std::optional<Instant> WindowFacts::knownSince(const delivery::Subject& subject) const {
  std::optional<Instant> since;
  for (const delivery::Windows* windows : {&in_.statistics, in_.events})
    if (const auto* series = windows != nullptr ? windows->find(subject) : nullptr)
      if (const auto begin = series->begin()) since = std::min(since.value_or(*begin), *begin);
  return since;
}

const delivery::Series* WindowFacts::shortSeries(const delivery::Subject& subject) const {
  const delivery::Series* series =
      in_.events && alive_.contains(subject.account) ? in_.events->find(subject) : nullptr;
  return series != nullptr ? series : longSeries(subject);
}

std::optional<Duration> WindowFacts::lastOutcomes(const delivery::Subject& subject, std::int64_t outcomes,
                                                  Duration max, Instant end) const {
  const delivery::Series* series = shortSeries(subject);
  if (series == nullptr) return std::nullopt;
  const auto& marks = series->marks();
  for (std::size_t i = marks.size(); i-- > 0 && end - marks[i].at <= max;) {
    std::int64_t seen = 0;
    for (const auto metric :
         {delivery::Metric::delivered, delivery::Metric::bounces, delivery::Metric::blocks}) {
      const auto index = static_cast<std::size_t>(metric);
      seen += static_cast<std::uint32_t>(marks.back().totals[index] - marks[i].totals[index]);
    }
    if (seen >= outcomes && end > marks[i].at) return end - marks[i].at;
  }
  return std::nullopt;
}

Facts::Moved WindowFacts::lastMoved(const delivery::Subject& subject) const {
  const delivery::Series* series = in_.statistics.find(subject);
  if (series == nullptr) return {};
  return {series->lastChange(delivery::Metric::requests),
          std::max({series->lastChange(delivery::Metric::delivered),
                    series->lastChange(delivery::Metric::bounces),
                    series->lastChange(delivery::Metric::blocks)})};
}

std::optional<Facts::Unanswered> WindowFacts::unanswered(const delivery::Subject& subject,
                                                         Instant until) const {
  const delivery::Series* series = shortSeries(subject);
  return series == nullptr ? std::nullopt : unansweredIn(*series, until);
}

std::optional<Instant> WindowFacts::lastRequest(const delivery::Subject& subject) const {
  const delivery::Series* series = in_.statistics.find(subject);
  if (series == nullptr) return std::nullopt;
  const auto& marks = series->marks();
  constexpr auto kRequests = static_cast<std::size_t>(delivery::Metric::requests);
  for (std::size_t i = marks.size(); i-- > 1;)
    if (marks[i].totals[kRequests] != marks[i - 1].totals[kRequests]) return marks[i].at;
  return std::nullopt;
}

std::optional<Duration> WindowFacts::updateInterval(const delivery::Subject& subject) const {
  // Over the last day, the time before each change, weighted by the mail that came with it, so that busy
  // hours dominate. Nine tenths of the mail came with intervals no longer than the result.
  constexpr Duration kDay = std::chrono::hours(24);
  const delivery::Series* series = in_.statistics.find(subject);
  if (series == nullptr) return std::nullopt;
  const auto& marks = series->marks();
  constexpr auto kRequests = static_cast<std::size_t>(delivery::Metric::requests);
  std::vector<std::pair<Duration, std::uint32_t>> spans;
  std::uint64_t total = 0;
  std::optional<Instant> later;
  std::uint32_t gained = 0;
  for (std::size_t i = marks.size(); i-- > 1 && marks.back().at - marks[i].at < kDay;) {
    const std::uint32_t gain = marks[i].totals[kRequests] - marks[i - 1].totals[kRequests];
    if (gain == 0) continue;
    if (later) {
      spans.emplace_back(*later - marks[i].at, gained);
      total += gained;
    }
    later = marks[i].at;
    gained = gain;
  }
  if (spans.size() < 10) return std::nullopt;
  std::ranges::sort(spans);
  std::uint64_t passed = 0;
  for (const auto& [span, weight] : spans) {
    passed += weight;
    if (10 * passed >= 9 * total) return span;
  }
  return spans.back().first;
}

Past::Lag WindowFacts::lagOf(const delivery::Subject& subject, const delivery::Series& series,
                             Basis basis) const {
  constexpr Duration kHour = std::chrono::hours(1);
  constexpr Duration kSoon = std::chrono::minutes(10);
  constexpr Duration kYoung = std::chrono::hours(24);
  constexpr std::size_t kHours = 24 * 14;
  const bool young = series.begin() > in_.now - kYoung;
  if (in_.past != nullptr)
    if (const auto found = in_.past->lags.find({subject, basis});
        found != in_.past->lags.end() &&
        in_.now - found->second.at < (found->second.lag && !young ? kHour : kSoon))
      return found->second;
  Past::Lag lag{in_.now, learnOutcomeLag(series, in_.now), 0};
  // The last hour counts as far as it is known: in the first one nothing else is.
  lag.busiestHour = series.sum(kHour, in_.now, kHour).counts.outcomes();
  for (const auto& hour : series.buckets(kHour, kHours, in_.now - kHour))
    if (hour) lag.busiestHour = std::max(lag.busiestHour, hour->outcomes());
  if (in_.past != nullptr) in_.past->lags.insert_or_assign({subject, basis}, lag);
  return lag;
}

std::optional<Duration> WindowFacts::outcomeLag(const delivery::Subject& subject) const {
  // Events carry their own time, so that only delivery itself takes time: mostly less than a minute, and of
  // what is greylisted here and there more.
  constexpr Duration kShortestOfEvents = std::chrono::minutes(2);
  constexpr Duration kOrdinaryOfEvents = std::chrono::minutes(6);
  constexpr Duration kAtOnce = std::chrono::minutes(1);
  constexpr Duration kShortest = std::chrono::minutes(5);
  constexpr Duration kLongest = std::chrono::minutes(45);
  // Far more mail than ever before takes a time that nobody has seen yet.
  constexpr Duration kOfUnseen = std::chrono::minutes(30);
  constexpr std::int64_t kFarMore = 5;
  const delivery::Series* series = shortSeries(subject);
  if (series == nullptr) return std::nullopt;
  const bool streamed = series != in_.statistics.find(subject);
  const Past::Lag known = lagOf(subject, *series, streamed ? Basis::events : Basis::statistics);
  const auto lately = series->sum(std::chrono::hours(1), in_.now, kOfUnseen).counts;
  const bool unseen = lately[delivery::Metric::requests] > kFarMore * known.busiestHour;
  if (!known.lag) return unseen ? std::optional(kOfUnseen) : std::nullopt;
  const bool ordinary = streamed && *known.lag <= kOrdinaryOfEvents;
  Duration lag = ordinary ? kShortestOfEvents : std::clamp(*known.lag, kShortest, kLongest);
  // By their own times: the event itself may be told later.
  if (const auto delay = outcomeDelay(subject.account); streamed && delay > kAtOnce) lag += delay;
  return unseen ? std::max(lag, kOfUnseen) : lag;
}

}  // namespace arrivald::rules
