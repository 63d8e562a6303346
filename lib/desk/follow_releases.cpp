#include "desk/follow_releases.hpp"

#include "runtime/sleep.hpp"

namespace arrivald::desk {

using namespace suppression;

namespace {

constexpr Duration kPause = std::chrono::seconds(5);
constexpr std::size_t kAtOnce = 3;

// From when on a mail can have been sent: reads may show much later that the entry is gone.
Instant releasedAt(const ReleaseItem& item, Instant now) {
  if (item.progress.state == ItemState::gone && item.progress.taken) return *item.progress.taken;
  return item.progress.settled.value_or(now);
}

}  // namespace

Duration followInterval(Duration sinceRelease) {
  return sinceRelease < std::chrono::hours(24) ? Duration(std::chrono::minutes(10))
                                               : Duration(std::chrono::hours(1));
}

Done followReleases(Releases& releases, LaterMailSource& mail, Instant now, std::size_t max) {
  const auto due = releases.followDue(max);
  if (!due) return due.error();
  for (const auto& item : *due) {
    const auto released = releasedAt(item, now);
    const auto found = mail.since(item.shown, released);
    if (!found) return found.error();
    const auto stored =
        releases.follow(item, followUp(*found, released, now), now + followInterval(now - released));
    if (!stored) return stored;
  }
  return done();
}

runtime::Task<> keepFollowing(Releases& releases, LaterMailSource& mail, Clock& clock,
                              std::function<void()> noticeClock, std::function<void(const Error&)> report) {
  for (;;) {
    noticeClock();
    const auto followed = followReleases(releases, mail, clock.now(), kAtOnce);
    if (!followed.ok()) report(followed.error());
    co_await runtime::sleepFor(clock, kPause);
  }
}

}  // namespace arrivald::desk
