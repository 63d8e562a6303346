#include "watch/own_trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "watch/channels.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kRemindEvery = std::chrono::hours(4);
constexpr Duration kOtherKindAfter = std::chrono::minutes(10);
constexpr Duration kSteadyFor = std::chrono::minutes(1);

}  // namespace

OwnTrouble::OwnTrouble(const Clock& clock, Outbox& outbox, Incidents& incidents, store::AlarmFile::Of of,
                       std::string name, Compose compose)
    : clock_(clock),
      outbox_(outbox),
      incidents_(incidents),
      of_(of),
      name_(std::move(name)),
      compose_(std::move(compose)) {}

std::string OwnTrouble::idOf(Instant at) const {
  return fmt::format("{}@arrivald#{}", name_, unixMilliseconds(at));
}

void OwnTrouble::shift(Duration step) {
  const auto move = [&](Told& told) {
    told.since += step;
    if (told.until) *told.until += step;
  };
  if (told_) {
    move(*told_);
    toldAt_ += step;
  }
  if (worksSince_) *worksSince_ += step;
  for (auto& told : ended_) move(told);
}

// People wait for the end of what the process before this one has notified. If it goes on they are notified
// anew: nobody knows whether that was delivered.
void OwnTrouble::takeUp(const std::string& storePath) {
  if (std::exchange(isTakenUp_, true)) return;
  const auto before = store::AlarmFile(storePath, of_).read();
  if (!before) return;
  incidents_.keepNumber(before->number);
  told_ = Told{before->number, Error{before->kind, ""}, std::min(before->since, clock_.now()), {}, true};
  toldAt_ = {};
}

void OwnTrouble::lasts(const config::Config& config, const Error& error, Instant since) {
  takeUp(config.storePath);
  worksSince_.reset();
  const auto now = clock_.now();
  const bool isOther = told_ && told_->error.kind != error.kind;
  if (told_ && now - toldAt_ < (isOther ? kOtherKindAfter : kRemindEvery)) return;
  if (!told_) told_ = Told{0, error, since, {}, false};
  told_->error = error;
  if (told_->number <= 0) told_->number = incidents_.takeNumber();
  toldAt_ = now;
  fileOf(config).write({error.kind, told_->since, told_->number});
  notify(config);
}

void OwnTrouble::waits(const config::Config& config) {
  takeUp(config.storePath);
  worksSince_.reset();
}

void OwnTrouble::works(const config::Config& config, Instant since) {
  takeUp(config.storePath);
  if (!told_) return;
  if (!worksSince_) worksSince_ = std::max(since, told_->since);
  if (clock_.now() - *worksSince_ < kSteadyFor) return;
  told_->until = worksSince_;
  notify(config);
  fileOf(config).remove();
  ended_.push_back(*std::exchange(told_, std::nullopt));
  if (ended_.size() > kEnded) ended_.pop_front();
  worksSince_.reset();
}

void OwnTrouble::notify(const config::Config& config) {
  const auto now = clock_.now();
  std::vector<Outgoing> outgoing;
  for (const auto& channel : config.channels)
    outgoing.push_back(
        {idOf(now), channel.name, compose_(*told_, idOf(now), now, config, languageOf(config, channel))});
  static_cast<void>(outbox_.putNow(outgoing));
}

std::optional<notify::Notification> OwnTrouble::told(std::int64_t number, const config::Config& config,
                                                     Language language) const {
  const Told* found = told_ && told_->number == number ? &*told_ : nullptr;
  for (const auto& told : ended_)
    if (told.number == number) found = &told;
  if (number <= 0 || found == nullptr) return std::nullopt;
  return compose_(*found, idOf(found->since), clock_.now(), config, language);
}

}  // namespace arrivald::watch
