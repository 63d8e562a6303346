#include "desk/release_entries.hpp"

#include <algorithm>

#include "suppression/list_owner.hpp"

namespace arrivald::desk {

using runtime::Task;
using sendgrid::ReleaseClient;
using sendgrid::ReleaseTarget;
using namespace suppression;

namespace {

constexpr std::size_t kAtOnce = 50;  // items that one run takes on
constexpr Duration kLongestWait = std::chrono::minutes(1);

Attempt attemptOf(Attempt::Of of, sendgrid::Failure failure, Instant now, double random) {
  const int status = failure.status;
  return {of, toError(std::move(failure), now), status, random};
}

ReleaseClient* clientOf(const ReleaseClients& clients, const ReleaseItem& item) {
  const auto found = clients.find(accountOf(item.shown.account));
  return found == clients.end() ? nullptr : found->second;
}

// An item of which nothing can be asked: it may have been asked for before.
Done giveUp(Releases& releases, ReleaseItem item, Problem problem, Instant now) {
  const auto state = item.progress.calls == 0 ? ItemState::refused : ItemState::failed;
  item.progress = givenUp(std::move(item.progress), state, problem, now);
  return releases.advance(item);
}

/// The deletion, after a read that showed the entry as it was.
Task<Done> removeEntry(Releases& releases, ReleaseClient& client, ReleaseTarget target, ReleaseItem item,
                       Clock& clock, Random& random) {
  item.progress = asking(std::move(item.progress), clock.now());
  auto stored = releases.asking(item);
  if (!stored.ok()) co_return stored;
  auto removal = co_await client.remove(std::move(target));
  if (removal.ok()) {
    item.progress = afterRemoval(std::move(item.progress), *removal, clock.now());
  } else {
    const auto attempt = attemptOf(Attempt::Of::call, std::move(removal).error(), clock.now(), random());
    item.progress = afterFailure(std::move(item.progress), attempt, clock.now());
  }
  co_return releases.advance(item);
}

Task<Done> releaseEntry(Releases& releases, const ReleaseClients& clients, ReleaseItem item, Clock& clock,
                        Random& random) {
  auto request = releases.requestOf(item);
  if (!request.ok()) co_return request.error();
  auto target = ReleaseTarget::of(item.shown.list, item.shown.entry.group, item.shown.entry.email);
  if (!target.ok()) co_return giveUp(releases, std::move(item), Problem::notPlausible, clock.now());
  auto* client = clientOf(clients, item);
  if (!client) co_return giveUp(releases, std::move(item), Problem::noKey, clock.now());
  ReleaseTarget wanted = target->onListOf(subuserOf(item.shown.account));
  auto read = co_await client->read(wanted);
  if (!read.ok()) {
    const auto attempt = attemptOf(Attempt::Of::read, std::move(read).error(), clock.now(), random());
    item.progress = afterFailure(std::move(item.progress), attempt, clock.now());
    co_return releases.advance(item);
  }
  const auto reading = compare(item.shown.entry, *read);
  item.progress = afterRead(std::move(item.progress), reading, clock.now());
  const bool mayAsk = item.progress.state == ItemState::waiting || item.progress.state == ItemState::asked;
  if (!mayAsk) co_return releases.advance(item);
  if (*request && (*request)->mode == Mode::rehearsal) {
    item.progress = rehearsed(std::move(item.progress), clock.now());
    co_return releases.advance(item);
  }
  co_return co_await removeEntry(releases, *client, std::move(wanted), std::move(item), clock, random);
}

}  // namespace

Task<Done> releaseEntries(Releases& releases, const ReleaseClients& clients, Clock& clock, Random& random) {
  auto due = releases.due(kAtOnce);
  if (!due.ok()) co_return due.error();
  for (const auto& item : *due) {
    auto done = co_await releaseEntry(releases, clients, item, clock, random);
    if (!done.ok()) co_return done;
  }
  co_return done();
}

Task<> keepReleasing(Releases& releases, const ReleaseClients& clients, Clock& clock, Random& random,
                     std::function<void()> noticeClock, std::function<void(const Error&)> report) {
  for (;;) {
    noticeClock();
    const auto expired = releases.expireDrafts();
    if (!expired.ok()) report(expired.error());
    auto done = co_await releaseEntries(releases, clients, clock, random);
    if (!done.ok()) report(done.error());
    const auto next = releases.nextDue();
    Duration wait = kLongestWait;
    // After an error of the store whatever is due stays due: it waits the longest, instead of trying at once.
    if (done.ok() && next.ok() && *next)
      wait = std::clamp(**next - clock.now(), Duration::zero(), kLongestWait);
    if (wait > Duration::zero()) co_await releases.changed().wait(clock, wait);
  }
}

Task<Outcome<ReleaseView>> undoRelease(Releases& releases, const ReleaseClients& clients, Clock& clock,
                                       Actor actor, ReleaseId id, std::optional<ItemId> only) {
  auto items = releases.undoable(actor, id, only);
  if (!items.ok()) co_return std::move(items).error();
  for (const auto& item : *items) {
    auto* client = clientOf(clients, item);
    if (!client) {
      Refusal refusal;
      refusal.kind = Refusal::Kind::noKey;
      co_return Refusals(1, refusal);
    }
    auto target = ReleaseTarget::of(item.shown.list, item.shown.entry.group, item.shown.entry.email);
    ReleaseTarget wanted = target.value().onListOf(subuserOf(item.shown.account));
    auto putBack = co_await client->putBack(std::move(wanted));
    Refusal refusal;
    if (!putBack.ok()) {
      refusal.kind = Refusal::Kind::provider;
      refusal.error = toError(std::move(putBack).error(), clock.now());
      co_return Refusals(1, refusal);
    }
    const auto stored = releases.undone(actor, item);
    if (!stored.ok()) {
      refusal.kind = Refusal::Kind::store;
      refusal.error = stored.error();
      co_return Refusals(1, refusal);
    }
  }
  co_return releases.find(actor, id);
}

}  // namespace arrivald::desk
