#include "watch/acknowledge.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/utf8.hpp"
#include "notify/plan_incidents.hpp"
#include "watch/channels.hpp"
#include "watch/incident_views.hpp"
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

// Stores the state, and says in one line how it is now.
Done store(Owners& owners, const config::Config& config, incidents::Followed followed, std::int64_t number) {
  // What the store refuses would be forgotten, and nobody be told until then.
  if (const auto trouble = owners.health().trouble()) return *trouble;
  const auto now = owners.clock().now();
  const CurrentFacts current(owners, config);
  const RememberedMail mail(owners, current.stream(), now);
  const AccountMails mails(owners, config, current.stream(), now);
  const auto& incident = *followed.find(number);
  const auto context = incidentContext({owners, config, mails, mail}, followed, incident, now);
  std::vector<Outgoing> notifications;
  // Nobody is notified of what is silenced.
  if (!incident.silenced)
    for (auto& [change, channel, notification, held] :
         notify::planAcknowledged(incident, context, planSettingsOf(config)))
      notifications.push_back({std::move(change), std::move(channel), std::move(notification)});
  return owners.alerts().put({owners.alerts().all(), {}}, std::move(followed), notifications);
}

// Nothing that anybody could read.
bool isBlank(const std::string& text) {
  auto shown = oneLine(text, kMaxText);
  // Spaces that take a place in a line: a full-width one, and one that does not break.
  for (const std::string_view space : {"\u3000", "\u00A0", " "})
    for (auto at = shown.find(space); at != std::string::npos; at = shown.find(space))
      shown.erase(at, space.size());
  return shown.empty();
}

}  // namespace

Done acknowledge(Owners& owners, const config::Config& config, const Acknowledge& asked) {
  if (isBlank(asked.by) || isBlank(asked.why))
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
  const auto until = one.acknowledged->until;
  const auto stored = store(owners, config, std::move(followed), asked.number);
  if (stored)
    log::info(fmt::format("incident {} acknowledged", asked.number),
              {{"by", asked.by}, {"until", toIso(until)}, {"why", asked.why}});
  return stored;
}

Done unacknowledge(Owners& owners, const config::Config& config, std::int64_t number) {
  auto followed = owners.incidents().followed();
  const auto incident = liveIn(followed, number);
  if (!incident) return incident.error();
  if (!incidents::isAcknowledged(**incident, owners.clock().now()))
    return Error::of(Error::Kind::invalid, phrase("nobody has acknowledged incident {}", number));
  (*incident)->acknowledged.reset();
  const auto stored = store(owners, config, std::move(followed), number);
  if (stored) log::info(fmt::format("incident {} not acknowledged any more", number));
  return stored;
}

}  // namespace arrivald::watch
