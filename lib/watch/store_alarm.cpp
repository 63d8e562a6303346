#include "watch/store_alarm.hpp"

#include <fmt/format.h>

#include "notify/compose.hpp"
#include "watch/channels.hpp"

namespace arrivald::watch {
namespace {

// A single refusal often does not last.
constexpr Duration kPatience = std::chrono::seconds(20);
constexpr Duration kRemindEvery = std::chrono::hours(4);
constexpr Duration kOtherKindAfter = std::chrono::minutes(10);
constexpr Duration kSteadyFor = std::chrono::minutes(1);

std::string idOf(Instant now) { return fmt::format("store@arrivald#{}", unixMilliseconds(now)); }

}  // namespace

StoreAlarm::StoreAlarm(const Clock& clock, const StoreHealth& health, Outbox& outbox)
    : clock_(clock), health_(health), outbox_(outbox) {}

void StoreAlarm::shift(Duration step) {
  if (notified_) {
    notified_->at += step;
    notified_->since += step;
  }
  if (worksSince_) *worksSince_ += step;
}

void StoreAlarm::look(const config::Config& config) {
  const auto now = clock_.now();
  const auto trouble = health_.trouble();
  if (!trouble) {
    if (!notified_) return;
    if (!worksSince_) worksSince_ = now;
    if (now - *worksSince_ >= kSteadyFor) notifyEnd(config);
    return;
  }
  worksSince_.reset();
  const auto since = health_.since().value_or(now);
  if (now - since < kPatience) return;
  const auto age = notified_ ? now - notified_->at : Duration::max();
  const bool isOther = notified_ && notified_->kind != trouble->kind;
  if (age >= (isOther ? kOtherKindAfter : kRemindEvery)) notifyTrouble(config, *trouble, since);
}

void StoreAlarm::notifyTrouble(const config::Config& config, const Error& error, Instant since) {
  const auto now = clock_.now();
  notified_ = Notified{error.kind, now, notified_ ? notified_->since : since};
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back({idOf(now), channel.name,
                        notify::composeStoreTrouble({error, config.storePath, notified_->since}, idOf(now),
                                                    now, config.zone, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
}

void StoreAlarm::notifyEnd(const config::Config& config) {
  const auto now = clock_.now();
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back({idOf(now), channel.name,
                        notify::composeStoreWorks(config.storePath, notified_->since, *worksSince_, idOf(now),
                                                  now, config.zone, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
  notified_.reset();
  worksSince_.reset();
}

}  // namespace arrivald::watch
