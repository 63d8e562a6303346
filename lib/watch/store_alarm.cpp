#include "watch/store_alarm.hpp"

#include "notify/compose.hpp"

namespace arrivald::watch {
namespace {

// A single refusal often does not last.
constexpr Duration kPatience = std::chrono::seconds(20);

// A file that others take away does not come back by itself, and its log may be mended before anybody knows.
Duration patienceFor(Error::Kind kind) { return kind == Error::Kind::notFound ? Duration{} : kPatience; }

notify::Notification composed(const OwnTrouble::Told& told, const std::string& id, Instant now,
                              const config::Config& config, Language language) {
  using Memory = notify::StoreRecovery::Memory;
  if (!told.until)
    return notify::composeStoreTrouble(
        {.error = told.error, .path = config.storePath, .since = told.since, .number = told.number}, id, now,
        config.zone, language);
  const auto memory = told.beforeRestart ? Memory::lost : Memory::stored;
  return notify::composeStoreWorks({config.storePath, told.since, *told.until, memory, told.number}, id, now,
                                   config.zone, language);
}

}  // namespace

StoreAlarm::StoreAlarm(const Clock& clock, const StoreHealth& health, Outbox& outbox, Incidents& incidents)
    : clock_(clock),
      health_(health),
      trouble_(clock, outbox, incidents, store::AlarmFile::Of::store, "store", composed) {}

void StoreAlarm::look(const config::Config& config) {
  const auto now = clock_.now();
  const auto refusal = health_.trouble();
  if (!refusal) return trouble_.works(config, now);
  const auto since = health_.since().value_or(now);
  if (now - since < patienceFor(refusal->kind)) return trouble_.waits(config);
  trouble_.lasts(config, *refusal, since);
}

}  // namespace arrivald::watch
