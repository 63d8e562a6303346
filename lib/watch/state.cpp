#include "watch/state.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "watch/log.hpp"

namespace arrivald::watch {

using delivery::Counts;
using delivery::Subject;

namespace {

constexpr std::size_t kToldKept = 50;
constexpr std::string_view kLastSeenKey = "last_seen";
constexpr std::string_view kEventsFlushedKey = "events_flushed";

std::string text(std::int64_t number) { return std::to_string(number); }

}  // namespace

State::State(store::Database& database, Clock& clock, metrics::Registry& registry)
    : started(clock.now()),
      database_(database),
      clock_(clock),
      registry_(registry),
      jobs_(clock, registry),
      statisticsTable_(database),
      streamedTable_(database, store::SeriesTable::Of::events),
      events_(database),
      alertsTable_(database),
      outbox_(database, clock, registry),
      suppressionsTable_(database),
      meta_(database) {
  steps_.context(clock_);
}

Done State::load() {
  std::size_t unreadable = 0;
  std::optional<std::string> lastSeen;
  const auto read = database_.read([&] {
    statisticsTable_.load(ledger_, windows_, totals_);
    streamedTable_.load(streamed_, totals_);
    streamedDays_ = events_.days();
    if (const auto booked = meta_.get(kEventsFlushedKey))
      std::from_chars(booked->data(), booked->data() + booked->size(), eventsFlushedTo_);
    alerts_ = alertsTable_.load(unreadable);
    lastSeen = meta_.get(kLastSeenKey);
  });
  if (!read) return read;
  if (unreadable > 0)
    log::warning("some stored alerts cannot be read and begin anew",
                 {{"count", text(static_cast<std::int64_t>(unreadable))}});
  std::sort(alerts_.begin(), alerts_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  std::int64_t seen = 0;
  if (lastSeen) std::from_chars(lastSeen->data(), lastSeen->data() + lastSeen->size(), seen);
  // What we last wrote lies in the future: the clock was set back while we were away, and the windows must
  // follow.
  const auto ahead = fromUnixMilliseconds(seen) - clock_.now();
  if (ahead > std::chrono::seconds(2)) {
    log::warning("the clock was set back since the last run; stored times move with it",
                 {{"by", toText(std::chrono::floor<std::chrono::seconds>(ahead))}});
    ledger_.shift(-ahead);
    windows_.shift(-ahead);
    streamed_.shift(-ahead);
    for (auto& alert : alerts_) rules::shift(alert, -ahead);
    const auto moved = rewrite();
    if (!moved) return moved;
    const auto outboxMoved = database_.transact([&] { outbox_.shift(-ahead); });
    if (!outboxMoved) return outboxMoved;
  }
  for (const auto& [subject, counts] : totals_) registry_.subject(subject).add(counts);
  return outbox_.load();
}

Done State::book(const delivery::Read& read) {
  const auto booking = ledger_.apply(read);
  std::vector<std::pair<Subject, delivery::Series::Change>> changes;
  std::int64_t corrections = 0;
  bool moved = false;
  for (const auto& increment : booking.increments) {
    changes.emplace_back(increment.subject, windows_.add(increment));
    totals_[increment.subject] += increment.counts;
    corrections += increment.corrections;
    moved = moved || !increment.counts.isZero();
    registry_.subject(increment.subject).add(increment.counts);
  }
  if (corrections > 0) registry_.corrected(read.source.account, read.source.dimension, corrections);
  if (moved) registry_.dataChanged(read.source.account, read.at);
  for (const auto& subject : booking.removed) {
    windows_.forget(subject);
    totals_.erase(subject);
    registry_.forget(subject);
  }
  if (storeTrouble) return rewrite();
  const auto stored = database_.transact([&] {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      statisticsTable_.series().change(changes[i].first, changes[i].second);
      if (!booking.increments[i].counts.isZero())
        statisticsTable_.series().putTotals(changes[i].first, totals_[changes[i].first]);
    }
    for (const auto& cell : booking.changed) statisticsTable_.putCell(cell);
    for (const auto& [subject, date] : booking.forgotten) statisticsTable_.removeCell(subject, date);
    for (const auto& subject : booking.removed) statisticsTable_.series().forget(subject);
    if (const auto days = ledger_.daysAsked(read.source))
      statisticsTable_.putRead(read.source, read.at, *days);
    meta_.put(kLastSeenKey, text(unixMilliseconds(read.at)));
  });
  storeTrouble = !stored.ok();
  return stored;
}

Done State::addStream(const std::vector<stream::Aggregator::Flush>& flushes,
                      const std::vector<std::string>& accounts, std::int64_t flushedTo) {
  std::vector<std::pair<Subject, delivery::Series::Change>> changes;
  std::set<Subject> moved;  // whose running totals are exported
  std::set<std::pair<std::string, Date>> days;
  const auto total = [&](const Subject& subject, const delivery::Counts& counts) {
    // Accounts and categories have their totals from the statistics.
    if (subject.dimension != delivery::Dimension::domainGroup || counts.isZero()) return;
    totals_[subject] += counts;
    registry_.subject(subject).add(counts);
    moved.insert(subject);
  };
  for (std::size_t i = 0; i < flushes.size(); ++i) {
    for (const auto& increment : flushes[i].increments) {
      changes.emplace_back(increment.subject, streamed_.add(increment));
      total(increment.subject, increment.counts);
    }
    for (const auto& late : flushes[i].late) {
      changes.emplace_back(late.subject, streamed_.at(late.subject).addLate(late.at, late.counts));
      total(late.subject, late.counts);
    }
    for (const auto& [date, counts] : flushes[i].days) {
      streamedDays_[{accounts[i], date}] += counts;
      days.emplace(accounts[i], date);
    }
  }
  eventsFlushedTo_ = flushedTo;
  if (storeTrouble) return rewrite();
  const auto stored = database_.transact([&] {
    for (const auto& [subject, change] : changes) streamedTable_.change(subject, change);
    for (const auto& subject : moved) streamedTable_.putTotals(subject, totals_[subject]);
    for (const auto& day : days) events_.putDay(day.first, day.second, streamedDays_[day]);
    meta_.put(kEventsFlushedKey, text(eventsFlushedTo_));
  });
  storeTrouble = !stored.ok();
  return stored;
}

const delivery::Series* State::series(const Subject& subject) const {
  const auto* streamed = streamed_.find(subject);
  if (streamed && streamAlive(subject.account, clock_.now())) return streamed;
  const auto* statistics = windows_.find(subject);
  return statistics ? statistics : streamed;
}

bool State::streamAlive(const std::string& account, Instant now) const {
  constexpr Duration kSilent = std::chrono::minutes(10);
  const auto found = streams.find(account);
  if (found == streams.end() || !found->second.lastBatch) return false;
  const auto last = *found->second.lastBatch;
  if (now - last <= kSilent) return true;
  // Where nothing is sent nothing comes. The statistics must say so, and lately.
  const auto* statistics = windows_.find({account, delivery::Dimension::account, ""});
  if (!statistics || !statistics->lastRead() || now - *statistics->lastRead() > kSilent) return false;
  const auto moved = statistics->lastChange();
  return !moved || *moved <= last + kSilent;
}

void State::putStreamed() {
  streamedTable_.clear();
  for (const auto& [subject, series] : streamed_) {
    streamedTable_.change(subject, {{}, series.marks()});
    if (const auto total = totals_.find(subject);
        total != totals_.end() && subject.dimension == delivery::Dimension::domainGroup)
      streamedTable_.putTotals(subject, total->second);
  }
  for (const auto& [key, counts] : streamedDays_) events_.putDay(key.first, key.second, counts);
  meta_.put(kEventsFlushedKey, text(eventsFlushedTo_));
}

Done State::rewrite() {
  const auto stored = database_.transact([&] {
    statisticsTable_.clear();
    for (const auto& subject : ledger_.subjects()) {
      for (const auto& cell : ledger_.cells(subject)) statisticsTable_.putCell(cell);
      const delivery::Source source{subject.account, subject.dimension};
      const auto at = ledger_.lastRead(source);
      const auto days = ledger_.daysAsked(source);
      if (at && days) statisticsTable_.putRead(source, *at, *days);
    }
    for (const auto& [subject, series] : windows_)
      statisticsTable_.series().change(subject, {{}, series.marks()});
    for (const auto& [subject, counts] : totals_)
      if (subject.dimension != delivery::Dimension::domainGroup)
        statisticsTable_.series().putTotals(subject, counts);
    putStreamed();
    alertsTable_.put({}, alerts_);
    meta_.put(kLastSeenKey, text(unixMilliseconds(clock_.now())));
  });
  storeTrouble = !stored.ok();
  return stored;
}

suppression::Index& State::index(const std::string& account, suppression::List list) {
  const auto [found, isNew] = indexes_.try_emplace({account, list});
  if (isNew) {
    std::vector<std::uint64_t> known;
    const auto read = database_.read([&] { known = suppressionsTable_.fingerprints(account, list); });
    if (read) found->second.restore(std::move(known));
  }
  return found->second;
}

Done State::addEntries(const std::string& account, suppression::List list,
                       std::vector<suppression::Entry>& page, bool crawl) {
  auto& known = index(account, list);
  if (crawl) {
    known.crawled(list, page);
  } else {
    known.add(list, page);
  }
  if (page.empty()) return done();
  const auto stored = database_.transact([&] { suppressionsTable_.add(account, list, page, clock_.now()); });
  if (!stored) {
    // Not stored is not known: they come again with the next crawl.
    indexes_.erase({account, list});
    return stored;
  }
  registry_.listChanged(account, name(list), static_cast<std::int64_t>(page.size()), 0);
  for (const auto& entry : page)
    if (const auto cause = causesSeen.note(account, list, entry, clock_.now()))
      registry_.listCause(account, causes::name(cause->causeClass));
  registry_.listSize(account, name(list), static_cast<std::int64_t>(known.size()));
  return done();
}

Done State::finishCrawl(const std::string& account, suppression::List list, Instant crawledTo) {
  auto& known = index(account, list);
  const auto removed = known.finishCrawl();
  const auto stored = database_.transact([&] {
    suppressionsTable_.remove(account, list, removed, clock_.now());
    auto progress = suppressionsTable_.progress(account, list);
    progress.crawled = crawledTo;
    if (!progress.readTo) progress.readTo = crawledTo;
    if (!progress.countedFrom) progress.countedFrom = clock_.now();
    suppressionsTable_.putProgress(account, list, progress);
  });
  if (!stored) {
    indexes_.erase({account, list});
    return stored;
  }
  if (!removed.empty())
    registry_.listChanged(account, name(list), 0, static_cast<std::int64_t>(removed.size()));
  registry_.listSize(account, name(list), static_cast<std::int64_t>(known.size()));
  return done();
}

Done State::putProgress(const std::string& account, suppression::List list,
                        const store::ListProgress& progress) {
  return database_.transact([&] { suppressionsTable_.putProgress(account, list, progress); });
}

store::ListProgress State::progress(const std::string& account, suppression::List list) {
  store::ListProgress progress;
  const auto read = database_.read([&] { progress = suppressionsTable_.progress(account, list); });
  if (!read) log::error("the store cannot be read: " + read.error().text);
  return progress;
}

std::optional<std::int64_t> State::listGrowth(const std::string& account, suppression::List list,
                                              Duration window, Instant end) {
  const auto known = progress(account, list);
  if (!known.countedFrom || *known.countedFrom > end - window) return std::nullopt;
  std::int64_t grown = 0;
  const auto read =
      database_.read([&] { grown = suppressionsTable_.firstSeenWithin(account, list, end - window, end); });
  if (!read) return std::nullopt;
  return grown;
}

Done State::putVerdict(rules::Verdict verdict, const std::vector<Outgoing>& notifications) {
  const bool same = verdict.alerts == alerts_ && notifications.empty();
  if (same) return done();
  const auto stored = database_.transact([&] {
    alertsTable_.put(alerts_, verdict.alerts);
    outbox_.put(notifications);
  });
  // If nothing could be stored nothing has changed: the next evaluation finds the same changes again, under
  // the same ids.
  if (!stored) return stored;
  if (!notifications.empty()) outbox_.wake();
  rememberTold(verdict);
  alerts_ = std::move(verdict.alerts);
  return done();
}

void State::rememberTold(const rules::Verdict& verdict) {
  for (const auto& change : verdict.changes)
    told_.push_back({change.at, change.id, change.kind, change.alert.key, change.alert.severity});
  if (told_.size() > kToldKept)
    told_.erase(told_.begin(), told_.end() - static_cast<std::ptrdiff_t>(kToldKept));
}

void State::noticeClockStep() {
  jobs_.noticeSuspend();
  const auto step = steps_.context(clock_);
  if (step == Duration{}) return;
  log::warning(
      "the wall clock was set; windows and alerts move with it",
      {{"by", toText(std::chrono::abs(step))}, {"direction", step > Duration{} ? "forward" : "back"}});
  registry_.clockStepped(step);
  profilesLearned = {};
  past = {};
  ledger_.shift(step);
  windows_.shift(step);
  streamed_.shift(step);
  for (auto& alert : alerts_) rules::shift(alert, step);
  jobs_.shift(step);
  started += step;
  if (statusRead) *statusRead += step;
  const auto stored = database_.transact([&] {
    statisticsTable_.shift(step);
    streamedTable_.shift(step);
    outbox_.shift(step);
    alertsTable_.put({}, alerts_);
    meta_.put(kLastSeenKey, text(unixMilliseconds(clock_.now())));
  });
  storeTrouble = !stored.ok();
}

void State::retain(const config::Config& config) {
  outbox_.retain(config);
  if (const auto used = causesSeen.use(config.causes.rules); !used)
    log::error("causes.rules are not used: " + used.error().text);
  const auto configured = [&](const std::string& account) {
    return account.empty() || std::any_of(config.accounts.begin(), config.accounts.end(),
                                          [&](const auto& one) { return one.name == account; });
  };
  std::set<std::string> removed;
  for (const auto& [id, job] : jobs_)
    if (!configured(id.account)) removed.insert(id.account);
  for (const auto& account : removed) registry_.forgetAccount(account);
}

std::optional<Counts> State::today(const Subject& subject, Date date) const {
  for (const auto& cell : ledger_.cells(subject))
    if (cell.date == date) return cell.counts;
  return std::nullopt;
}

}  // namespace arrivald::watch
