#include "watch/owners.hpp"

#include "sendgrid/decode.hpp"
#include "store/series_table.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::string_view kProbeKey = "probe";
constexpr std::size_t kProbeBytes = 64 * 1024;

// Older versions have stored names of categories and subusers that are addresses. A store that cannot be
// written keeps them until it can.
void maskNames(store::Database& database) {
  using store::SeriesTable;
  const auto masked = database.transact([&] {
    for (const auto of : {SeriesTable::Of::statistics, SeriesTable::Of::events})
      SeriesTable(database, of).rename(sendgrid::subjectName);
  });
  if (!masked) log::warning("the names that are stored cannot be looked through: " + masked.error().text, {});
}

}  // namespace

Owners::Owners(Environment environment)
    : environment_(std::move(environment)),
      steps_(environment_.database, environment_.clock),
      statistics_(environment_.database, environment_.registry, environment_.health, steps_),
      lists_(environment_.database, environment_.clock, environment_.registry, causes_),
      events_(environment_.executor, environment_.database, environment_.clock, environment_.registry,
              environment_.health, statistics_, causes_),
      outbox_(environment_.database, environment_.clock, environment_.registry),
      alerts_(environment_.database, environment_.clock, outbox_, environment_.health),
      jobs_(environment_.clock, environment_.registry),
      provider_(environment_.registry),
      accounts_(environment_.database, environment_.registry, environment_.health, events_.status(),
                statistics_) {}

std::vector<Owner*> Owners::all() {
  std::vector<Owner*> all{&statistics_, &causes_, &lists_,    &events_,   &outbox_,
                          &alerts_,     &jobs_,   &profiles_, &provider_, &accounts_};
  all.insert(all.end(), environment_.further.begin(), environment_.further.end());
  return all;
}

Done Owners::load() {
  maskNames(environment_.database);
  lists_.renewFingerprints();
  Duration ahead{};
  const auto read = environment_.database.read([&] {
    for (auto* owner : all()) owner->load();
    ahead = steps_.aheadOfClock();
  });
  if (!read) return read;
  if (ahead > Duration{}) {
    log::warning("the clock was set back since the last run; stored times move with it",
                 {{"by", toText(std::chrono::floor<std::chrono::seconds>(ahead))}});
    move(-ahead);
  }
  return done();
}

void Owners::retain(const config::Config& configuration) {
  for (auto* owner : all()) owner->retain(configuration);
}

void Owners::noticeClockStep() {
  if (jobs_.noticeSuspend()) events_.status().resumed();
  storeMissedSteps();
  const auto step = steps_.observe();
  if (step == Duration{}) return;
  log::warning(
      "the wall clock was set; windows and alerts move with it",
      {{"by", toText(std::chrono::abs(step))}, {"direction", step > Duration{} ? "forward" : "back"}});
  environment_.registry.clockStepped(step);
  environment_.started += step;
  environment_.health.shift(step);
  move(step);
}

void Owners::move(Duration step) {
  for (auto* owner : all()) owner->shift(step);
  const auto stored = environment_.database.transact([&] {
    for (auto* owner : all()) owner->storeShift(step);
    steps_.remember(environment_.clock.now());
  });
  environment_.health.record("clock step", stored);
  if (stored) return;
  for (auto* owner : all())
    for (auto* behind : owner->shiftNotStored()) steps_.missed(*behind, step);
}

bool Owners::storeMissedSteps() {
  if (!steps_.anyMissed()) return true;
  const auto stored = environment_.database.transact([&] { steps_.storeMissed(); });
  environment_.health.record("clock step", stored);
  if (stored) steps_.caughtUp();
  return stored.ok();
}

void Owners::keepStore(const config::Config& configuration) {
  auto& health = environment_.health;
  if (const auto there = environment_.database.checkFiles(); !there) health.record("store", there);
  // Before the store is tried: what can be mended at once people have to know all the same.
  alerts_.notifyOfOwn(configuration, jobs_);
  retryStore();
  for (auto* owner : all()) owner->retainMissed();
}

void Owners::retryStore() {
  auto& database = environment_.database;
  auto& health = environment_.health;
  if (health.ok() && database.isWritable()) return;
  if (database.isFull()) return;
  if (!database.isWritable()) {
    const auto reopened = database.reopen();
    if (!reopened) return health.record("store", reopened);
    storeMissedSteps();  // before the tables are read
    for (auto* owner : all()) owner->storeReopened();
  }
  // As much as a batch of events may need: a few bytes fit into a full disk, too.
  store::MetaTable meta(database);
  auto written = database.transact([&] { meta.put(kProbeKey, std::string(kProbeBytes, ' ')); });
  if (written) written = database.transact([&] { meta.put(kProbeKey, ""); });
  health.record("store", written);
  // The steps of the clock first: what is stored after them has the times of the present clock.
  if (!written || !storeMissedSteps()) return;
  bool hasAll = true;
  for (auto* owner : all()) hasAll = owner->storeMissing() && hasAll;
  if (hasAll) health.recovered();
}

const delivery::Series* Owners::series(const delivery::Subject& subject) const {
  // What the statistics told until a stream was switched on stands until that has told as much.
  constexpr Duration kYoung = std::chrono::hours(1);
  const auto now = environment_.clock.now();
  const auto* streamed = events_.counts().windows().find(subject);
  const auto* read = statistics_.windows().find(subject);
  const bool isYoung = streamed && read && streamed->begin() && now - *streamed->begin() < kYoung &&
                       read->begin() < streamed->begin();
  if (streamed && !isYoung && events_.status().alive(subject.account, now)) return streamed;
  return read ? read : streamed;
}

}  // namespace arrivald::watch
