#include "desk/watched_mail.hpp"

#include <map>

#include "base/lower.hpp"
#include "stream/drop_reason.hpp"

namespace arrivald::desk {

using namespace suppression;
using stream::EventKind;

namespace {

constexpr std::size_t kMaxEvents = 1'000;
constexpr std::size_t kMaxEntries = 100;

void keepFirst(std::optional<Instant>& first, Instant at) {
  if (!first || at < *first) first = at;
}

// Blocks only tell of mail that failed. A group's unsubscribe stops the mail of that group alone.
bool stopsEverything(List list) { return list != List::blocks && list != List::groupUnsubscribes; }

}  // namespace

Done WatchedMail::addEvents(const ShownEntry& entry, Instant released, LaterMail& mail) {
  if (!events_.status().find(entry.account)) return done();
  watch::EventFilter filter;
  filter.of = entry.entry.email;
  filter.account = entry.account;
  filter.from = released;
  filter.max = kMaxEvents;
  const auto found = events_.query().find(filter);
  if (!found) return found.error();
  mail.covered = found->complete && events_.status().alive(entry.account, clock_.now());
  std::map<std::string, Instant> processed;
  for (const auto& event : found->rows) {
    if (event.kind == EventKind::processed) processed.emplace(event.messageId, event.at);
    if (stream::isFailure(event.kind)) keepFirst(mail.failed, event.at);
    if (event.kind == EventKind::dropped && stream::aboutOf(event.reply) == stream::DropAbout::address)
      keepFirst(mail.dropped, event.at);
    if (event.kind != EventKind::delivered || (mail.delivered && *mail.delivered <= event.at)) continue;
    mail.delivered = event.at;
    const auto begun = processed.find(event.messageId);
    mail.took = begun == processed.end() ? std::nullopt : std::optional<Duration>(event.at - begun->second);
  }
  return done();
}

Done WatchedMail::addEntries(const ShownEntry& entry, Instant released, LaterMail& mail) const {
  const auto found = lists_.find(entry.entry.email, kMaxEntries);
  if (!found) return found.error();
  for (const auto& listed : *found) {
    if (listed.account != entry.account || lower(listed.entry.email) != lower(entry.entry.email)) continue;
    const bool isNew = listed.entry.created > released;
    const bool failure =
        listed.list == List::bounces || listed.list == List::blocks || listed.list == entry.list;
    if (isNew && failure) keepFirst(mail.failed, listed.entry.created);
    const bool stops = !listed.removed && stopsEverything(listed.list) && listed.list != entry.list;
    if (stops) keepFirst(mail.otherList, listed.entry.created);
  }
  return done();
}

Result<LaterMail> WatchedMail::since(const ShownEntry& entry, Instant released) {
  LaterMail mail;
  const auto events = addEvents(entry, released, mail);
  if (!events) return events.error();
  const auto entries = addEntries(entry, released, mail);
  if (!entries) return entries.error();
  return mail;
}

}  // namespace arrivald::desk
