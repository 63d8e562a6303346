// Notifications about several changes, and those about no change.
#include <algorithm>

#include "base/utf8.hpp"
#include "notify/compose.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kGroupRows = 20;

}  // namespace

Notification composeGroup(std::vector<Notification> messages, Language language) {
  const auto& c = Catalogue::of(language);
  // Worst first; equals keep their order.
  std::stable_sort(messages.begin(), messages.end(),
                   [](const Notification& a, const Notification& b) { return a.tone < b.tone; });
  const auto count = c.number(static_cast<double>(messages.size()));
  Notification group = messages.front();
  group.mention =
      std::any_of(messages.begin(), messages.end(), [](const Notification& one) { return one.mention; });
  group.title = c.text("group.title", {{"n", count}});
  group.sentence = c.text("group.sentence", {{"n", count}, {"first", group.sentence}});
  group.fallback = cutCharacters(c.text("group.short", {{"n", count}, {"first", messages.front().fallback}}),
                                 kFallbackCharacters);
  group.fields.clear();
  group.breakdownLabel = c.text("group.all");
  group.breakdown.clear();
  group.breakdown.push_back(c.text("group.order"));
  for (std::size_t i = 0; i < std::min(messages.size(), kGroupRows); ++i) {
    const auto& one = messages[i];
    // The fallback of a problem begins with its badge in brackets, that of a resolution with its word.
    group.breakdown.push_back(cutCharacters(one.fallback, kFallbackCharacters));
  }
  if (messages.size() > kGroupRows)
    group.breakdown.push_back(
        c.text("group.more", {{"n", c.number(static_cast<double>(messages.size() - kGroupRows))}}));
  return group;
}

Notification composeTest(const std::string& channel, const std::string& id, Instant now, const TimeZone& zone,
                         Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::test;
  message.badge = c.text("test");
  message.title = c.text("test.title");
  message.fallback = "[" + c.text("test") + "] " + c.text("test.short");
  message.sentence = c.text("test.sentence", {{"channel", channel}});
  message.footer = c.text("footer", {{"rule", "test"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

Notification composeUndeliverable(const std::string& channel, const std::string& reason,
                                  const std::string& id, Instant now, const TimeZone& zone,
                                  Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::warning;
  message.badge = c.text("severity.warning");
  message.title = c.text("undeliverable.title", {{"channel", channel}});
  message.fallback = cutCharacters(c.text("undeliverable.short", {{"channel", channel}, {"reason", reason}}),
                                   kFallbackCharacters);
  message.sentence =
      c.text("undeliverable.sentence", {{"channel", channel}, {"reason", oneLine(reason, 200)}});
  message.next = Field{c.text("next"), c.text("undeliverable.next")};
  message.footer = c.text("footer", {{"rule", "undeliverable"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

std::string storeKey(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::diskFull:
    case Error::Kind::readOnly:
    case Error::Kind::ioError:
    case Error::Kind::damaged:
      return "store." + std::string(name(kind));
    default:
      return "store.storage";
  }
}

Notification composeStoreTrouble(const StoreTrouble& trouble, const std::string& id, Instant now,
                                 const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  const auto key = storeKey(trouble.error.kind);
  Notification message;
  message.id = id;
  message.tone = Tone::warning;
  message.badge = c.text("severity.warning");
  message.title = c.text(key + ".title");
  message.fallback = cutCharacters("[" + message.badge + "] " + message.title, kFallbackCharacters);
  message.sentence =
      c.text("store.sentence", {{"since", zone.minuteText(trouble.since)}, {"path", trouble.path}});
  message.next = Field{c.text("next"), c.text(key + ".next", {{"path", trouble.path}})};
  message.fields = {Field{c.text("store.error"), oneLine(trouble.error.text, 300)}};
  message.footer = c.text("footer", {{"rule", "store"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

Notification composeStoreWorks(const std::string& path, Instant since, Instant until, const std::string& id,
                               Instant now, const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::good;
  message.badge = c.text("resolved");
  message.title = c.text("store.works.title");
  message.fallback = cutCharacters(message.title, kFallbackCharacters);
  message.sentence =
      c.text("store.works.sentence",
             {{"since", zone.minuteText(since)}, {"until", zone.minuteText(until)}, {"path", path}});
  message.footer = c.text("footer", {{"rule", "store"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

void markLate(Notification& notification, Instant meant, const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  const auto at = zone.minuteText(meant);
  notification.badge = c.text("late.badge", {{"badge", notification.badge}});
  notification.sentence = c.text("late.sentence", {{"at", at}, {"sentence", notification.sentence}});
  notification.fallback = cutCharacters(c.text("late.short", {{"at", at}, {"short", notification.fallback}}),
                                        kFallbackCharacters);
}

Notification composeUnreadable(const std::string& reason, const std::string& id, Instant now,
                               const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification notification;
  notification.id = id;
  notification.tone = Tone::warning;
  notification.badge = c.text("severity.warning");
  notification.title = c.text("unreadable.title");
  notification.fallback =
      cutCharacters(c.text("unreadable.short", {{"id", oneLine(id, 80)}}), kFallbackCharacters);
  notification.sentence =
      c.text("unreadable.sentence", {{"reason", oneLine(reason, 200)}, {"id", oneLine(id, 120)}});
  notification.footer =
      c.text("footer", {{"rule", "unreadable"}, {"at", zone.minuteText(now)}, {"id", oneLine(id, 120)}});
  return notification;
}

}  // namespace arrivald::notify
