#include "watch/store_alarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "notify/compose.hpp"
#include "store/alarm_file.hpp"
#include "watch/channels.hpp"

namespace arrivald::watch {
namespace {

// A single refusal often does not last.
constexpr Duration kPatience = std::chrono::seconds(20);
constexpr Duration kRemindEvery = std::chrono::hours(4);
constexpr Duration kOtherKindAfter = std::chrono::minutes(10);
constexpr Duration kSteadyFor = std::chrono::minutes(1);

// A file that others take away does not come back by itself, and its log may be mended before anybody knows.
Duration patienceFor(Error::Kind kind) { return kind == Error::Kind::notFound ? Duration{} : kPatience; }

std::string idOf(Instant now) { return fmt::format("store@arrivald#{}", unixMilliseconds(now)); }

}  // namespace

StoreAlarm::StoreAlarm(const Clock& clock, const StoreHealth& health, Outbox& outbox, Incidents& incidents)
    : clock_(clock), health_(health), outbox_(outbox), incidents_(incidents) {}

void StoreAlarm::shift(Duration step) {
  if (notified_) {
    notified_->at += step;
    notified_->since += step;
  }
  if (worksSince_) *worksSince_ += step;
}

void StoreAlarm::look(const config::Config& config) {
  const auto now = clock_.now();
  takeUp(config.storePath);
  const auto trouble = health_.trouble();
  if (!trouble) {
    if (!notified_) return;
    if (!worksSince_) worksSince_ = now;
    if (now - *worksSince_ >= kSteadyFor) notifyEnd(config);
    return;
  }
  worksSince_.reset();
  const auto since = health_.since().value_or(now);
  if (now - since < patienceFor(trouble->kind)) return;
  const auto age = notified_ ? now - notified_->at : Duration::max();
  const bool isOther = notified_ && notified_->kind != trouble->kind;
  if (age >= (isOther ? kOtherKindAfter : kRemindEvery)) notifyTrouble(config, *trouble, since);
}

// People wait for the end of what the process before this one has notified. If it goes on they are notified
// anew: nobody knows whether that was delivered.
void StoreAlarm::takeUp(const std::string& storePath) {
  if (std::exchange(isTakenUp_, true)) return;
  const auto before = store::AlarmFile(storePath).read();
  if (!before) return;
  incidents_.keepNumber(before->number);
  notified_ = Notified{before->kind, Instant{}, std::min(before->since, clock_.now()), true, before->number};
}

void StoreAlarm::notifyTrouble(const config::Config& config, const Error& error, Instant since) {
  const auto now = clock_.now();
  const bool beforeRestart = notified_ && notified_->beforeRestart;
  const auto number = notified_ && notified_->number > 0 ? notified_->number : incidents_.takeNumber();
  notified_ = Notified{error.kind, now, notified_ ? notified_->since : since, beforeRestart, number};
  store::AlarmFile(config.storePath).write({error.kind, notified_->since, number});
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back(
        {idOf(now), channel.name,
         notify::composeStoreTrouble(
             {.error = error, .path = config.storePath, .since = notified_->since, .number = number},
             idOf(now), now, config.zone, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
}

void StoreAlarm::notifyEnd(const config::Config& config) {
  using Memory = notify::StoreRecovery::Memory;
  const auto now = clock_.now();
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back({idOf(now), channel.name,
                        notify::composeStoreWorks(
                            {config.storePath, notified_->since, *worksSince_,
                             notified_->beforeRestart ? Memory::lost : Memory::stored, notified_->number},
                            idOf(now), now, config.zone, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
  store::AlarmFile(config.storePath).remove();
  notified_.reset();
  worksSince_.reset();
}

}  // namespace arrivald::watch
