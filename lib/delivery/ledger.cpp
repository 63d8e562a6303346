#include "delivery/ledger.hpp"

#include <algorithm>
#include <limits>

#include "delivery/window.hpp"

namespace arrivald::delivery {
namespace {

// After so many answers in which a corrected total stands still its gain is known: nothing.
constexpr unsigned kStillReads = 5;

// No later day can have mail, with a little tolerance for the clocks of both sides.
Date lastPossible(Instant at) {
  return Date(std::chrono::floor<std::chrono::days>(at.time_since_epoch())) + std::chrono::days(1);
}

Subject firstOf(const Source& source) { return {source.account, source.dimension, ""}; }
bool of(const Source& source, const Subject& subject) {
  return subject.account == source.account && subject.dimension == source.dimension;
}

// SendGrid tries for three days: so long may mail of a day have its outcomes later.
constexpr std::chrono::days kOpenFor{4};
// For so long outcomes beyond all mail are taken for a mistake; below the half hour of
// `statistics-contradict`.
constexpr Duration kBeyondFor = std::chrono::minutes(25);
// What exceeds the requests of a day and the mail that was open by more than this is no count of their mail.
// Delivered mail may bounce days later, and not every number is counted at once.
constexpr std::int64_t kAboveAtLeast = 20;
constexpr std::int64_t kTenth = 10;
// What was counted longer ago stays in the windows.
constexpr Duration kTakenBackWithin = std::chrono::hours(24);

Metrics without(Metrics metrics, Metric one) {
  return Metrics::ofBits(metrics.bits() & ~Metrics{one}.bits());
}

// The last day with mail, of days by date, from the end.
template <class Days>
auto lastWithMail(Days& days) {
  return std::find_if(days.rbegin(), days.rend(), [](const auto& entry) {
    return !entry.second.counts.isZero() || !entry.second.highWater.isZero();
  });
}

constexpr Metrics kOncePerMail = kOutcomeMetrics | kDropMetrics | Metrics{Metric::processed};

}  // namespace

// What reads so far made followed, without the days that lie ahead of the present clock; nothing if that is
// all.
Ledger::Followed Ledger::followedAt(const Read& read) const {
  const auto previous = reads_.find(read.source);
  if (previous == reads_.end()) return {};
  auto followed = previous->second.followed;
  followed.days.newest = std::min(followed.days.newest, lastPossible(read.at));
  return followed.days.oldest <= followed.days.newest ? followed : Followed{};
}

// What is followed after a read of `asked`. If the two ranges neither overlap nor adjoin, only the newer one
// is followed. Once the clock was set, an answer without any mail does not show that it is right now.
Ledger::Followed Ledger::Followed::with(const DaysAsked& asked, bool anyMail) const {
  constexpr std::chrono::days kDay{1};
  if (days.oldest > days.newest) return {asked, Date::min()};
  const bool clockWasSet = days.newest < begun;
  if (clockWasSet && !anyMail) return *this;
  const bool joined = asked.oldest <= days.newest + kDay && asked.newest + kDay >= days.oldest;
  if (!joined) return {asked.newest > days.newest ? asked : days, Date::min()};
  const Date newest = std::max(days.newest, asked.newest);
  return {{std::max(std::min(days.oldest, asked.oldest), newest - kKeptDays), newest}, Date::min()};
}

Ledger::Changes Ledger::apply(const Read& read, const Windows* past) {
  Changes changes;
  const auto previous = reads_.find(read.source);
  const bool first = previous == reads_.end();
  if (!first && read.at <= previous->second.at) return changes;
  auto rowsBySubject = rowsOf(read, changes);
  bool anyRow = false, anyMail = false;
  for (const auto& [subject, rows] : rowsBySubject)
    for (const auto& [date, counts] : rows) anyRow = true, anyMail = anyMail || !counts.isZero();
  if (first && !anyRow) return changes;

  forgetAhead(read, changes);
  const auto from = first ? read.at : previous->second.at;
  const auto answered = daysAnswered(read.source);
  const auto followed = followedAt(read);
  const bool nothingFollowed = followed.days.oldest > followed.days.newest;
  for (auto& [subject, rows] : rowsBySubject)
    refuseBeyondMail(read.at, subject, rows, answered, followed, past, changes);
  const auto courses = coursesOf(read, rowsBySubject, followed, past);
  changes.shows = earlierShown(courses);
  if (changes.shows) return changes;
  for (const auto& [subject, rows] : rowsBySubject) {
    const bool isNew = !days_.contains(subject);
    const bool baseline = nothingFollowed || (isNew && !read.namesAll);
    Increment increment{subject, baseline ? read.at : from, read.at, {}, 0};
    const auto course = courses.find(subject);
    if (course != courses.end() && course->second.lags) {
      plausibility_[subject].passed(read.at - from);
      continue;
    }
    if (isNew || baseline)
      applyRows(read, rows, answered, baseline ? Followed{} : followed, days_[subject], increment, changes);
    else
      applyPlausible(read, rows, answered, followed, course->second, increment, changes);
    changes.increments.push_back(std::move(increment));
  }

  auto& time = reads_[read.source];
  time.at = read.at;
  // A response without any row proves nothing about the days requested.
  if (anyRow)
    time.followed = followed.with({read.firstDay, std::min(read.lastDay, lastPossible(read.at))}, anyMail);
  forgetBefore(read, std::min(time.followed.days.newest, lastPossible(read.at)) - kKeptDays, changes);
  return changes;
}

// What of the days asked for, as far as they are followed, the answer has more or less than was counted.
Missing Ledger::missingOf(const Read& read, const Rows& rows, const Followed& followed, const Days& days) {
  Missing missing;
  missing.told = Metrics::all();
  const auto compare = [&](const Counts& level, const Counts& shown) {
    for (const auto metric : allMetrics()) {
      if (level[metric] < 0 || shown[metric] < 0) {
        missing.told = without(missing.told, metric);
        continue;
      }
      missing.ahead = missing.ahead || shown[metric] > level[metric];
      missing.counts[metric] += std::max<std::int64_t>(0, level[metric] - shown[metric]);
    }
  };
  for (auto day = days.lower_bound(read.firstDay); day != days.end() && day->first <= read.lastDay; ++day) {
    if (!followed.contains(day->first)) continue;
    const auto row = rows.find(day->first);
    Counts level;
    for (const auto metric : allMetrics()) level[metric] = day->second.levelOf(metric);
    compare(level, row == rows.end() ? Counts{} : row->second);
  }
  for (const auto& [date, counts] : rows)
    if (followed.contains(date) && !days.contains(date)) compare({}, counts);
  return missing;
}

// Of the subjects that were known; one that appears where answers name all is news.
std::map<Subject, Ledger::Course> Ledger::coursesOf(const Read& read, const std::map<Subject, Rows>& all,
                                                    const Followed& followed, const Windows* past) {
  std::map<Subject, Course> courses;
  if (followed.days.oldest > followed.days.newest) return courses;
  for (const auto& [subject, rows] : all) {
    const auto known = days_.find(subject);
    if (known == days_.end()) {
      if (read.namesAll) courses[subject].ahead = missingOf(read, rows, followed, {}).ahead;
      continue;
    }
    auto& course = courses[subject];
    course.descends = noteDescent(read, rows, subject);
    const auto missing = missingOf(read, rows, followed, known->second);
    course.ahead = missing.ahead;
    const auto* series = past && missing.any() && !missing.ahead ? past->find(subject) : nullptr;
    if (series)
      course.lags = lags_[subject].note(*series, missing, read.at);
    else
      lags_.erase(subject);
    if (!course.lags || lags_.at(subject).isInsideStep()) course.denied = jumpDeniedBy(read, rows, subject);
    course.lags = course.lags && !course.denied;
  }
  return courses;
}

// The read that the answer shows again; nothing if it tells anything new.
std::optional<Instant> Ledger::earlierShown(const std::map<Subject, Course>& courses) const {
  std::optional<Instant> shown;
  for (const auto& [subject, course] : courses) {
    if (course.ahead) return std::nullopt;
    if (!course.lags) continue;
    const auto one = lags_.at(subject).shown();
    shown = std::max(shown.value_or(one), one);
  }
  return shown;
}

bool Ledger::DaysAnswered::zeroUntilNow(Date date) const {
  if (date > newest) return true;
  const auto back = (newest - date).count();
  return back < 64 && (bits >> back & 1) != 0;
}

Ledger::DaysAnswered Ledger::daysAnswered(const Source& source) const {
  DaysAnswered answered;
  const auto begin = days_.lower_bound(firstOf(source));
  auto end = begin;
  for (; end != days_.end() && of(source, end->first); ++end)
    if (!end->second.empty()) answered.newest = std::max(answered.newest, end->second.rbegin()->first);
  for (auto known = begin; known != end; ++known)
    for (const auto& [date, day] : known->second)
      if (const auto back = (answered.newest - date).count(); back < 64) answered.bits |= 1ULL << back;
  return answered;
}

// The rows of every subject that was read, including subjects without rows.
std::map<Subject, Rows> Ledger::rowsOf(const Read& read, Changes& changes) const {
  std::map<Subject, Rows> all;
  const auto& source = read.source;
  if (read.namesAll || read.asked.empty())
    for (auto known = days_.lower_bound(firstOf(source)); known != days_.end() && of(source, known->first);
         ++known)
      all.try_emplace(known->first);
  const auto room = [&](const Subject& subject) {
    const bool fits = all.size() < kMaxSubjects || all.contains(subject);
    changes.beyondLimit += fits ? 0 : 1;
    return fits;
  };
  for (const auto& name : read.asked)
    if (const Subject subject{source.account, source.dimension, name}; room(subject))
      all.try_emplace(subject);
  for (const auto& totals : read.totals) {
    if (!of(source, totals.subject) || !room(totals.subject)) continue;
    auto& rows = all[totals.subject];
    const Date last = std::min(read.lastDay, lastPossible(read.at));
    for (const auto& day : totals.days)
      if (day.date >= read.firstDay && day.date <= last) rows[day.date] = day.counts;
    const auto known = days_.find(totals.subject);
    refuse(read, totals.subject, rows, known == days_.end() ? nullptr : &known->second, changes);
  }
  return all;
}

// Takes out of the rows what cannot be a number of mails, as though the answer lacked it: what 32 bits do not
// hold, so that sums cannot overflow, and more outcomes than there was mail.
void Ledger::refuse(const Read& read, const Subject& subject, Rows& rows, const Days* days,
                    Changes& changes) {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  for (auto& [date, counts] : rows)
    for (const auto metric : allMetrics()) {
      auto& total = counts[metric];
      if (total > kMax) total = kLacking, changes.refused.insert(metric);
      total = std::max(total, kLacking);
    }
  if (read.source.dimension != Dimension::mailboxProvider)  // these have no requests
    refuseContradictions(read, subject, rows, days, changes);
}

// The newest day first, so that each is judged by the days before it as they came. Nothing can be said of a
// day whose requests are not known, nor of the first one asked for: mail of the days before it may have been
// open.
void Ledger::refuseContradictions(const Read& read, const Subject& subject, Rows& rows, const Days* days,
                                  Changes& changes) {
  static const Counts kNone;
  const auto totalsOf = [&](Date date) -> const Counts& {
    const auto row = rows.find(date);
    const auto day = days ? days->find(date) : decltype(days->find(date)){};
    const bool isKnown = days && day != days->end();
    if (row != rows.end() && row->second[Metric::requests] > 0 &&
        !(isKnown && day->second.counts[Metric::requests] > row->second[Metric::requests]))
      return row->second;
    return isKnown ? day->second.counts : kNone;
  };
  const auto zeroOrMore = [](std::int64_t count) { return std::max<std::int64_t>(0, count); };
  const auto openOf = [&](Date date) {
    const auto& counts = totalsOf(date);
    std::int64_t open = zeroOrMore(counts[Metric::requests]);
    const auto returned = open / kTenth;
    for (const auto metric : allMetrics())
      if ((kOutcomeMetrics | kDropMetrics).contains(metric)) open -= zeroOrMore(counts[metric]);
    return zeroOrMore(open) + returned;
  };
  for (auto each = rows.rbegin(); each != rows.rend(); ++each) {
    auto& [date, counts] = *each;
    const auto before = date - std::chrono::days(1);
    const bool isFirst = before < read.firstDay && !(days && days->contains(before));
    const auto requested = totalsOf(date)[Metric::requests];
    if (isFirst || requested <= 0) continue;
    std::int64_t allowed = requested + requested / kTenth + kAboveAtLeast;
    for (auto from = before; from > date - kOpenFor; from -= std::chrono::days(1)) allowed += openOf(from);
    for (const auto metric : allMetrics()) {
      if (!kOncePerMail.contains(metric) || counts[metric] <= allowed) continue;
      const auto& widest = changes.contradiction;
      if (!widest || counts[metric] - requested > widest->total - widest->requested)
        changes.contradiction = Contradiction{subject, metric, counts[metric], requested};
      counts[metric] = kLacking;
      changes.refused.insert(metric);
    }
  }
}

// Takes out of the rows what outcomes and drops add together beyond the mail that the answer adds and that
// was open before it: the metric that gained most, and others if that does not suffice. What stays for longer
// than such mistakes do is judged as any other step: it may be mail that a receiver took and sent back later,
// and nothing else would be seen meanwhile.
void Ledger::refuseBeyondMail(Instant at, const Subject& subject, Rows& rows, const DaysAnswered& answered,
                              const Followed& followed, const Windows* past, Changes& changes) {
  const auto days = days_.find(subject);
  const auto usual = plausibility_.find(subject);
  if (days == days_.end() || usual == plausibility_.end()) return;
  if (subject.dimension == Dimension::mailboxProvider) return;  // these have no requests
  // Below what was counted nobody knows how many were requested since.
  for (const auto& [date, counts] : rows)
    if (const auto day = days->second.find(date); day != days->second.end())
      if (counts[Metric::requests] < day->second.levelOf(Metric::requests)) return;
  const auto* series = past ? past->find(subject) : nullptr;
  std::optional<std::int64_t> open;
  const auto isBeyond = [&](const Gain& gain) {
    const auto beyond = usual->second.beyondMail(gain);
    if (beyond <= 0) return false;
    if (!open) open = series ? series->openMail(kOpenFor) : 0;
    return beyond > std::max<std::int64_t>(0, *open - std::max<std::int64_t>(0, gain.unanswered));
  };
  auto gain = gainOf(rows, answered, followed, days->second, {});
  if (!isBeyond(gain)) {
    beyondSince_.erase(subject);
    return;
  }
  if (at - beyondSince_.try_emplace(subject, at).first->second >= kBeyondFor) return;
  for (; isBeyond(gain); gain = gainOf(rows, answered, followed, days->second, {})) {
    const auto most = gain.mostOutcomes();
    for (auto& [date, counts] : rows) {
      const auto day = days->second.find(date);
      const auto before = day == days->second.end() ? 0 : day->second.levelOf(most);
      if (counts[most] <= before) continue;
      const auto& widest = changes.contradiction;
      const auto together = counts.outcomeEvents() + counts.dropped();
      const auto requested = counts[Metric::requests];
      if (!widest || counts[most] - before > widest->total - widest->requested)
        changes.contradiction = Contradiction{subject, most, counts[most], requested, together};
      counts[most] = kLacking;
    }
    changes.refused.insert(most);
  }
}

// What one metric gained by the value `now`.
//
// The model: a total only grows, and its greatest value (counts, or the mark where that is greater) says how
// much mail was counted. Values below it are one of three things.
//  1. A replica that lags, or a row or field that is gone for a while. It shows what the total was some time
//     ago, and that mail was counted: it adds nothing, and below the mark nothing counts.
//  2. A correction downwards. Nobody can tell it from 1; so it costs at most its own size, on its day. While
//     the corrected value stands still nothing was gained, and that is known: in a total outage it never
//     grows.
//  3. The truth after a lie. The lie came as a jump (see jumps.hpp), and the truth goes on from before it: it
//     rises inside the jump, where the total never was at its usual pace, so it cannot be 1. takeBack() makes
//     it the new base, without a mark: the step down adds nothing, what follows counts. The height that was
//     taken back is remembered, for the lie may return: a jump that lands there sets the mark again before it
//     is applied, so that only what exceeds it counts, and can be denied like the first.
// Where no jump tells 3 from 1, answers that stay below and rise are the base of the windows alone: the value
// is marked as descended, and what it gains below the mark goes into Increment::below.
std::int64_t Ledger::Day::gain(Metric metric, std::int64_t now, Increment& increment) {
  auto& believed = counts[metric];
  auto& mark = highWater[metric];
  auto& low = lower[static_cast<std::size_t>(metric)];
  if (now < 0) return 0;
  if (believed < 0) {
    believed = now;
    return 0;
  }
  if (descended.contains(metric)) return gainDescended(metric, now, increment);
  if (now < believed) {
    low.still = 0;
    if (++low.reads < kConfirmations) return 0;
    low = {.reads = 0, .still = 0, .grew = true};
    ++increment.corrections;
    mark = std::max(mark, believed);
    believed = now;
    return 0;
  }
  low.reads = 0;
  const std::int64_t gained = std::max<std::int64_t>(0, now - std::max(mark, believed));
  if (now >= mark) mark = 0;
  if (mark == 0)
    low.grew = false;
  else if (now > believed)
    low = {.reads = 0, .still = 0, .grew = true};
  else if (low.grew && ++low.still >= kStillReads)
    low = {};
  believed = now;
  return gained;
}

// A descended value that falls again waits for another descent: nobody knows what there is meanwhile.
std::int64_t Ledger::Day::gainDescended(Metric metric, std::int64_t now, Increment& increment) {
  auto& believed = counts[metric];
  auto& low = lower[static_cast<std::size_t>(metric)];
  if (now < believed) {
    low.reads = static_cast<std::uint8_t>(std::min<unsigned>(low.reads + 1U, kConfirmations));
    return 0;
  }
  low.reads = 0;
  const std::int64_t gained = std::max<std::int64_t>(0, now - highWater[metric]);
  increment.below[metric] += now - believed - gained;
  believed = now;
  if (now >= highWater[metric]) {
    highWater[metric] = 0;
    descended = without(descended, metric);
  }
  return gained;
}

// What windows hold of it.
std::int64_t Ledger::Day::levelOf(Metric metric) const {
  return descended.contains(metric) ? counts[metric] : std::max(counts[metric], highWater[metric]);
}

Counts Ledger::Day::level() const {
  Counts all;
  for (const auto metric : allMetrics()) all[metric] = std::max<std::int64_t>(0, levelOf(metric));
  return all;
}

void Ledger::Day::descendTo(const Counts& base) {
  for (const auto metric : allMetrics()) {
    if (counts[metric] < 0) continue;
    const auto mark = std::max(counts[metric], highWater[metric]);
    counts[metric] = base[metric];
    highWater[metric] = base[metric] < mark ? mark : 0;
    lower[static_cast<std::size_t>(metric)] = {};
    if (base[metric] < mark) descended.insert(metric);
  }
}

Cell Ledger::Day::cell(const Subject& subject, Date date) const {
  unsigned most = 0;
  for (const auto& low : lower) most = std::max<unsigned>(most, low.reads);
  return {subject, date, counts, highWater, most, descended};
}

// What applyRows() would add, and what is known of the last days besides.
Gain Ledger::gainOf(const Rows& rows, const DaysAnswered& answered, const Followed& followed,
                    const Days& days, Duration elapsed) {
  Gain gain;
  gain.elapsed = elapsed;
  for (const auto& [date, counts] : rows) {
    gain.requestsCounted = gain.requestsCounted || counts[Metric::requests] > 0;
    for (const auto metric : allMetrics())
      if (counts[metric] < 0) gain.lacking.insert(metric);
    if (!followed.contains(date)) continue;
    const auto cell = days.find(date);
    static const Day kNone;
    if (cell == days.end() && !answered.zeroUntilNow(date)) continue;
    const auto& day = cell == days.end() ? kNone : cell->second;
    for (const auto metric : allMetrics())
      if (day.counts[metric] >= 0)
        gain.counts[metric] += std::max<std::int64_t>(0, counts[metric] - day.levelOf(metric));
  }
  if (days.empty()) return gain;
  for (auto cell = days.upper_bound(days.rbegin()->first - kOpenFor); cell != days.end(); ++cell) {
    const auto& counts = cell->second.counts;
    gain.requestsCounted = gain.requestsCounted || counts[Metric::requests] > 0;
    gain.unanswered += counts[Metric::requests] - counts.outcomeEvents() - counts.dropped();
  }
  gain.requestsCounted = gain.requestsCounted && !gain.lacking.contains(Metric::requests);
  for (auto cell = days.begin(); cell != std::prev(days.end()); ++cell) {
    gain.dayKnown = gain.dayKnown || cell->second.counts.outcomeEvents() > 0;
    for (const auto metric : allMetrics())
      gain.ofOneDay[metric] = std::max(gain.ofOneDay[metric], cell->second.counts[metric]);
  }
  return gain;
}

// The metrics that a complete answer has: those that rules rest on, and what was ever counted of the subject.
Metrics Ledger::expectedOf(const Subject& subject, const Days& days) {
  Metrics expected = kOutcomeMetrics;
  if (subject.dimension != Dimension::mailboxProvider) expected.insert(Metric::requests);
  for (const auto& [date, day] : days)
    for (const auto metric : allMetrics())
      if (day.counts[metric] > 0 || day.highWater[metric] > 0) expected.insert(metric);
  return expected;
}

// Which metrics the answer lacks, or has below what was counted: of the last day with mail until the mark is
// reached again, of the day before it until that is believed.
void Ledger::noteStale(const Rows& rows, const Days& days, Increment& increment, Changes& changes) {
  constexpr std::chrono::days kDay{1};
  Metrics lacking;
  for (const auto& [date, counts] : rows)
    for (const auto metric : allMetrics())
      if (counts[metric] < 0) lacking.insert(metric);
  if (!lacking.empty())
    lacking =
        Metrics::ofBits(lacking.bits() & (expectedOf(increment.subject, days) | changes.refused).bits());
  const auto last = lastWithMail(days);
  increment.stale |= lacking;
  lacking = Metrics::ofBits(lacking.bits() & ~changes.refused.bits());
  if (last != days.rend())
    for (auto cell = days.lower_bound(last->first - kDay); cell != days.end() && cell->first <= last->first;
         ++cell)
      for (const auto metric : allMetrics()) {
        const auto& day = cell->second;
        const auto& low = day.lower[static_cast<std::size_t>(metric)];
        const auto fell = [&](Metric one) {
          return day.counts[one] >= 0 && day.highWater[one] > day.counts[one] && !day.descended.contains(one);
        };
        // Of outcomes that stand still while mail is requested it is known. Requests tell that there is mail.
        const bool isTold = !low.grew && metric != Metric::requests && !fell(Metric::requests);
        const bool below = cell->first == last->first && fell(metric) && !isTold;
        if (!below && low.reads == 0) continue;
        increment.stale.insert(metric);
        const auto row = rows.find(cell->first);
        const Fall fall{increment.subject, day.levelOf(metric), row == rows.end() ? 0 : row->second[metric]};
        auto& longest = changes.fallen[metric];
        if (fall.to >= 0 && fall.from - fall.to > longest.from - longest.to) longest = fall;
      }
  std::erase_if(changes.fallen, [](const auto& entry) { return entry.second.from == 0; });
  changes.lacking |= lacking;
}

// Holds the answer back: nothing is known of the subject until the next one.
void Ledger::hold(const Read& read, const Rows& rows, Metric doubtful, Increment& increment,
                  Changes& changes) {
  const auto& days = days_.at(increment.subject);
  for (const auto& [date, counts] : rows) {
    const auto day = days.find(date);
    const auto before = day == days.end() ? 0 : std::max<std::int64_t>(0, day->second.counts[doubtful]);
    const Held held{increment.subject, doubtful, before, counts[doubtful]};
    if (held.jump() > (changes.held ? changes.held->jump() : 0)) changes.held = held;
  }
  increment.stale = Metrics::all();
  plausibility_[increment.subject].hold(rows, read.firstDay);
}

// What the answer has of the days that it was asked for: zero where it has no row of a known day.
Rows Ledger::shownOf(const Read& read, const Rows& rows, const Days& days) {
  Rows shown = rows;
  for (auto day = days.lower_bound(read.firstDay); day != days.end() && day->first <= read.lastDay; ++day)
    shown.try_emplace(day->first);
  return shown;
}

// Whether answers up to this one, below what was counted of the last day with mail, are its truth. An answer
// without that day says nothing.
bool Ledger::noteDescent(const Read& read, const Rows& rows, const Subject& subject) {
  const auto& days = days_.at(subject);
  const auto last = lastWithMail(days);
  const auto row = last == days.rend() ? rows.end() : rows.find(last->first);
  if (row == rows.end()) return descents_.erase(subject), false;
  auto& descent = descents_[subject];
  const bool descends = descent.note(last->first, last->second.level(), row->second, read.at);
  if (descent.shown().empty()) descents_.erase(subject);
  return descends;
}

// Takes the answers below as the base of the last day with mail: up to the last read, which this one goes on
// from.
void Ledger::descend(Increment& increment, Changes& changes) {
  auto& days = days_.at(increment.subject);
  const auto last = lastWithMail(days);
  auto shown = descents_.at(increment.subject).shown();
  descents_.erase(increment.subject);
  shown.pop_back();
  increment.rebase = Rebase{last->second.level(), shown};
  last->second.descendTo(shown.back().totals);
  changes.changed.push_back(last->second.cell(increment.subject, last->first));
}

// The greatest totals believed.
Rows Ledger::heightsOf(const Days& days) {
  Rows heights;
  for (const auto& [date, day] : days)
    for (const auto metric : allMetrics())
      heights[date][metric] = std::max(day.counts[metric], day.highWater[metric]);
  return heights;
}

std::optional<Jump> Ledger::jumpDeniedBy(const Read& read, const Rows& rows, const Subject& subject) {
  const auto jumps = jumps_.find(subject);
  if (jumps == jumps_.end()) return std::nullopt;
  const auto& days = days_.at(subject);
  return jumps->second.deniedBy(shownOf(read, rows, days), heightsOf(days), read.at);
}

// Once the answers up to this one deny a jump, they are the base of the days on which it was. Where they
// descend as well, the windows are told so: that is more exact.
void Ledger::takeBack(const Read& read, const Rows& rows, const Course& course, Increment& increment,
                      Changes& changes) {
  const auto& denied = course.denied;
  if (!denied) return;
  changes.jumped.push_back(increment.subject);
  auto& days = days_.at(increment.subject);
  const auto heights = heightsOf(days);
  const auto shown = shownOf(read, rows, days);
  Metrics wrong;
  bool isRebased = false;
  if (course.descends) descend(increment, changes);
  for (const auto& [date, counts] : shown) {
    const auto found = days.find(date);
    if (found == days.end() || !denied->before.contains(date)) continue;
    auto& day = found->second;
    for (const auto metric : allMetrics()) {
      if (counts[metric] < 0 || counts[metric] >= heights.at(date)[metric]) continue;
      // What this answer gained since the one before counts.
      const bool isBase = day.descended.contains(metric);
      if (!isBase) day.counts[metric] = counts[metric];
      isRebased = isRebased || isBase;
      const auto marks = denied->marks.find(date);
      const auto mark = marks == denied->marks.end() ? 0 : marks->second[metric];
      day.highWater[metric] = mark > day.counts[metric] ? mark : 0;
      day.descended = without(day.descended, metric);
      if (mark > day.counts[metric]) day.descended.insert(metric);
      day.lower[static_cast<std::size_t>(metric)] = {};
      wrong.insert(metric);
    }
    changes.changed.push_back(day.cell(increment.subject, date));
  }
  plausibility_[increment.subject].restore(denied->usual);
  if (isRebased || read.at - denied->since > kTakenBackWithin) return;
  increment.recount = Recount{denied->since, wrong, {}};
  for (const auto& [date, day] : days) {
    const auto before = denied->before.find(date);
    // A day that began since was at zero; others were not read then.
    if (before == denied->before.end() && date < denied->before.rbegin()->first) continue;
    for (const auto metric : allMetrics()) {
      const auto start = before == denied->before.end() ? 0 : before->second[metric];
      if (wrong.contains(metric) && start >= 0)
        increment.recount->gained[metric] += std::max<std::int64_t>(0, day.counts[metric] - start);
    }
  }
}

// Remembers a step as one that may be denied, before it is applied: what is a step above the high-water mark,
// too. What returns to the mark was counted before. What returns to a height that was taken back counts above
// it only.
void Ledger::noteStep(const Rows& rows, const DaysAnswered& answered, const Followed& followed,
                      const Gain& gain, const Increment& increment, Changes& changes) {
  auto& days = days_.at(increment.subject);
  auto news = gain;
  for (const auto& [date, counts] : rows)
    if (const auto day = days.find(date); day != days.end())
      for (const auto metric : allMetrics())
        news.counts[metric] -= std::max<std::int64_t>(
            0, std::min(counts[metric], day->second.highWater[metric]) - day->second.levelOf(metric));
  if (!plausibility_[increment.subject].isStep(news)) return;
  auto& jumps = jumps_[increment.subject];
  Jump jump{increment.from, {}, rows, gain.greatest(), plausibility_[increment.subject].usual()};
  for (const auto& [date, counts] : rows) {
    const auto day = days.find(date);
    if (day == days.end()) {
      if (followed.contains(date) && answered.zeroUntilNow(date)) jump.before[date] = {};
      continue;
    }
    jump.before[date] = day->second.counts;
    jump.marks[date] = day->second.highWater;
    for (const auto metric : allMetrics())
      day->second.highWater[metric] =
          std::max(day->second.highWater[metric],
                   jumps.heightReached(date, metric, day->second.counts[metric], counts[metric]));
  }
  if (jump.before.empty()) return;
  jumps.note(std::move(jump));
  changes.jumped.push_back(increment.subject);
}

// Applies the rows if they are plausible, after those that they confirm; else holds them back.
void Ledger::applyPlausible(const Read& read, const Rows& rows, const DaysAnswered& answered,
                            const Followed& followed, const Course& course, Increment& increment,
                            Changes& changes) {
  auto& days = days_[increment.subject];
  auto& plausibility = plausibility_[increment.subject];
  const auto elapsed = increment.to - increment.from;
  plausibility.passed(elapsed);
  const auto gainBy = [&](const Rows& some) { return gainOf(some, answered, followed, days, elapsed); };
  const auto believe = [&](const Rows& some) {
    if (const auto gain = gainBy(some); plausibility.isStep(gain))
      noteStep(some, answered, followed, gain, increment, changes);
    plausibility.believed(gainBy(some));
    applyRows(read, some, answered, followed, days, increment, changes);
  };
  takeBack(read, rows, course, increment, changes);
  if (course.descends && descents_.contains(increment.subject)) descend(increment, changes);
  if (const auto confirmed = plausibility.confirmedBy(rows, read.firstDay)) believe(*confirmed);
  if (const auto doubtful = plausibility.doubtful(gainBy(rows)))
    return hold(read, rows, *doubtful, increment, changes);
  believe(rows);
}

// Applies the rows of the answer, and zero to the days asked for that have none. A day seen for the first
// time counts if it is followed; others are baselines.
void Ledger::applyRows(const Read& read, const Rows& rows, const DaysAnswered& answered,
                       const Followed& followed, Days& days, Increment& increment, Changes& changes) {
  const auto apply = [&](Date date, Day& day, const Counts& counts) {
    const Day before = day;
    const bool follows = followed.contains(date);
    for (const auto metric : allMetrics()) {
      const auto gained = day.gain(metric, counts[metric], increment);
      if (follows) increment.counts[metric] += gained;
    }
    if (day != before) changes.changed.push_back(day.cell(increment.subject, date));
  };
  for (auto cell = days.lower_bound(read.firstDay); cell != days.end() && cell->first <= read.lastDay;
       ++cell) {
    const auto row = rows.find(cell->first);
    apply(cell->first, cell->second, row != rows.end() ? row->second : Counts{});
  }
  for (const auto& [date, counts] : rows) {
    const auto [cell, isNew] = days.try_emplace(date);
    if (!isNew) continue;
    auto& total = cell->second.counts;
    total = counts;
    if (followed.contains(date) && answered.zeroUntilNow(date)) {
      for (const auto metric : allMetrics()) total[metric] = std::max<std::int64_t>(0, total[metric]);
      increment.counts += total;
    }
    changes.changed.push_back({increment.subject, date, total, {}, 0, {}});
  }
  noteStale(rows, days, increment, changes);
}

// Deletes what was read of days that lie ahead of the present clock.
void Ledger::forgetAhead(const Read& read, Changes& changes) {
  const Date latest = lastPossible(read.at);
  for (auto known = days_.lower_bound(firstOf(read.source));
       known != days_.end() && of(read.source, known->first); ++known) {
    auto& [subject, days] = *known;
    for (auto ahead = days.upper_bound(latest); ahead != days.end(); ahead = days.erase(ahead))
      changes.forgotten.emplace_back(subject, ahead->first);
  }
}

// Deletes cells before `oldest`, and subjects without cells unless they are requested by name.
void Ledger::forgetBefore(const Read& read, Date oldest, Changes& changes) {
  auto known = days_.lower_bound(firstOf(read.source));
  while (known != days_.end() && of(read.source, known->first)) {
    auto& [subject, days] = *known;
    while (!days.empty() && days.begin()->first < oldest) {
      changes.forgotten.emplace_back(subject, days.begin()->first);
      days.erase(days.begin());
    }
    const bool keep =
        !days.empty() || std::find(read.asked.begin(), read.asked.end(), subject.name) != read.asked.end();
    if (!keep) {
      changes.removed.push_back(subject);
      plausibility_.erase(subject);
      jumps_.erase(subject);
      beyondSince_.erase(subject);
      descents_.erase(subject);
      lags_.erase(subject);
    }
    known = keep ? std::next(known) : days_.erase(known);
  }
}

Date Ledger::firstDayToAsk(const Source& source, Date usual, Date today) const {
  const auto found = reads_.find(source);
  if (found == reads_.end()) return usual;
  return std::max(std::min(usual, found->second.followed.days.newest - (today - usual)), today - kKeptDays);
}

std::optional<Instant> Ledger::lastRead(const Source& source) const {
  const auto found = reads_.find(source);
  if (found == reads_.end()) return std::nullopt;
  return found->second.at;
}

std::optional<Ledger::DaysAsked> Ledger::daysAsked(const Source& source) const {
  const auto found = reads_.find(source);
  if (found == reads_.end()) return std::nullopt;
  return found->second.followed.days;
}

std::vector<Cell> Ledger::cells(const Subject& subject) const {
  std::vector<Cell> cells;
  const auto found = days_.find(subject);
  if (found == days_.end()) return cells;
  for (const auto& [date, day] : found->second) cells.push_back(day.cell(subject, date));
  return cells;
}

std::vector<Subject> Ledger::subjects() const {
  std::vector<Subject> all;
  for (const auto& [subject, days] : days_) all.push_back(subject);
  return all;
}

void Ledger::restore(const Cell& cell) {
  // Which metrics were lower is not stored: the next read tells.
  auto& day = days_[cell.subject][cell.date];
  day = {cell.counts, cell.highWater, {}, cell.descended};
  const auto reads = static_cast<std::uint8_t>(std::min(cell.lowerReads, kConfirmations - 1));
  day.lower.fill({.reads = reads, .still = 0, .grew = false});
}

void Ledger::restoreRead(const Source& source, Instant at, DaysAsked days) {
  reads_[source] = {at, {days, Date::min()}};
}

void Ledger::restoreUsual(const Subject& subject, const Usual& usual) {
  if (days_.contains(subject)) plausibility_[subject].restore(usual);
}

std::vector<Jump> Ledger::jumps(const Subject& subject) const {
  const auto found = jumps_.find(subject);
  return found == jumps_.end() ? std::vector<Jump>{} : found->second.all();
}

void Ledger::restoreJumps(const Subject& subject, std::vector<Jump> jumps) {
  if (days_.contains(subject)) jumps_[subject].restore(std::move(jumps));
}

void Ledger::shift(Duration step) {
  for (auto& [subject, jumps] : jumps_) jumps.shift(step);
  for (auto& [subject, descent] : descents_) descent.shift(step);
  for (auto& [subject, lag] : lags_) lag.shift(step);
  for (auto& [subject, since] : beyondSince_) since += step;
  for (auto& [source, time] : reads_) {
    auto& [days, begun] = time.followed;
    // Else nothing was read of the days since, and they are followed still.
    const bool readUpToThen = latestDate(time.at) <= days.newest || begun > days.newest;
    time.at += step;
    begun = readUpToThen ? latestDate(time.at) : Date::min();
  }
}

}  // namespace arrivald::delivery
