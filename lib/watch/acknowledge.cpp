#include "watch/acknowledge.hpp"

#include <fmt/format.h>

#include "watch/log.hpp"

namespace arrivald::watch {

namespace {

constexpr std::size_t kMaxText = 500;

// A copy of the state, and the incident in it that goes on.
Result<incidents::Incident*> liveIn(incidents::Followed& followed, std::int64_t number) {
  auto* incident = followed.find(number);
  if (!incident || !isLive(incident->state))
    return Error::of(Error::Kind::notFound,
                     phrase("no incident {} goes on; arrivald incidents lists them", number));
  return incident;
}

Done store(Owners& owners, incidents::Followed followed) {
  static_cast<void>(owners.alerts().put({owners.alerts().all(), {}}, std::move(followed), {}));
  return done();
}

}  // namespace

Done acknowledge(Owners& owners, const Acknowledge& asked) {
  if (asked.by.empty() || asked.why.empty())
    return Error::of(Error::Kind::invalid,
                     phrase("say who takes care of it (--by) and what is done (--why)"));
  if (asked.by.size() > kMaxText || asked.why.size() > kMaxText)
    return Error::of(Error::Kind::invalid, phrase("--by and --why are at most {} bytes", kMaxText));
  if (asked.length <= Duration{} || asked.length > Acknowledge::kLongest)
    return Error::of(Error::Kind::invalid,
                     phrase("--for is such as 2h, at most {}", toText(Acknowledge::kLongest)));
  auto followed = owners.incidents().followed();
  const auto incident = liveIn(followed, asked.number);
  if (!incident) return incident.error();
  const auto now = owners.clock().now();
  auto& one = **incident;
  one.acknowledged =
      incidents::Acknowledged{asked.by, asked.why, now, now + asked.length, one.worstSeverity, one.root};
  log::info(fmt::format("incident {} acknowledged", one.number),
            {{"by", asked.by}, {"until", toIso(one.acknowledged->until)}, {"why", asked.why}});
  return store(owners, std::move(followed));
}

Done unacknowledge(Owners& owners, std::int64_t number) {
  auto followed = owners.incidents().followed();
  const auto incident = liveIn(followed, number);
  if (!incident) return incident.error();
  (*incident)->acknowledged.reset();
  log::info(fmt::format("incident {} not acknowledged any more", number));
  return store(owners, std::move(followed));
}

}  // namespace arrivald::watch
