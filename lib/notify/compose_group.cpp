// Notifications about several changes, and those about no change.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "notify/channel_answer.hpp"
#include "notify/compose.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kGroupRows = 20;
constexpr std::size_t kGroupSteps = 5;

// "1, 2, 4": the numbers of the rows that a step is for.
std::string numbersOf(const std::vector<std::size_t>& rows) {
  std::string text;
  for (const auto row : rows) text += (text.empty() ? "" : ", ") + std::to_string(row);
  return text;
}

// One step for all, or each step with the numbers of its alerts: the worst alert's step is rarely the
// others'.
std::optional<Field> stepsOf(const std::vector<Notification>& messages, const Catalogue& c) {
  struct Step {
    std::string text;
    std::vector<std::size_t> rows;
  };
  std::vector<Step> steps;
  for (std::size_t i = 0; i < std::min(messages.size(), kGroupRows); ++i) {
    if (!messages[i].next) continue;
    const auto& step = messages[i].step.empty() ? messages[i].next->value : messages[i].step;
    const auto known = std::ranges::find(steps, step, &Step::text);
    if (known != steps.end())
      known->rows.push_back(i + 1);
    else if (steps.size() < kGroupSteps)
      steps.push_back({step, {i + 1}});
  }
  if (steps.empty()) return std::nullopt;
  std::string value;
  for (const auto& step : steps)
    value +=
        (value.empty() ? "" : "\n") +
        (steps.size() == 1 ? step.text
                           : c.text("group.step", {{"rows", numbersOf(step.rows)}, {"step", step.text}}));
  return Field{c.text("next"), std::move(value)};
}

// What all that have it share; nothing where they differ.
std::optional<Field> sharedSide(const std::vector<Notification>& messages) {
  std::optional<Field> side;
  for (const auto& one : messages) {
    if (!one.side) continue;
    if (side && *side != *one.side) return std::nullopt;
    side = one.side;
  }
  return side;
}

std::string_view badgeKey(Tone tone) {
  switch (tone) {
    case Tone::critical:
      return "severity.critical";
    case Tone::warning:
      return "severity.warning";
    case Tone::info:
      return "severity.info";
    case Tone::good:
      return "resolved";
    case Tone::ended:
      return "ended";
    case Tone::test:
      break;
  }
  return "test";
}

bool hasLink(const Notification& message, const std::string& label) {
  return std::ranges::find(message.links, label, &Link::label) != message.links.end();
}

}  // namespace

Notification composeGroup(std::vector<Notification> messages, Instant now, const TimeZone& zone,
                          Language language) {
  const auto& c = Catalogue::of(language);
  // Worst first, and what is new before what goes on; equals keep their order.
  std::stable_sort(messages.begin(), messages.end(), [](const Notification& a, const Notification& b) {
    return std::pair(a.tone, !a.mention) < std::pair(b.tone, !b.mention);
  });
  const auto count = c.number(static_cast<double>(messages.size()));
  const auto& worst = messages.front();
  Notification group;
  group.id = worst.id;
  group.tone = worst.tone;
  group.badge = c.text(badgeKey(worst.tone));
  group.mention =
      std::any_of(messages.begin(), messages.end(), [](const Notification& one) { return one.mention; });
  const bool over = std::ranges::all_of(messages, isOver);
  group.title = c.text(over ? "group.over.title" : "group.title", {{"n", count}});
  group.sentence =
      c.text(over ? "group.over.sentence" : "group.sentence",
             {{"n", count},
              {"first", c.text("group.first", {{"title", worst.title}, {"sentence", worst.sentence}})}});
  // The fallback of each begins with its badge in brackets.
  group.fallback = cutCharacters(
      c.text(over ? "group.over.short" : "group.short", {{"n", count}, {"first", worst.fallback}}),
      kFallbackCharacters);
  group.next = stepsOf(messages, c);
  group.side = sharedSide(messages);
  group.breakdownLabel = c.text("group.all");
  group.breakdown.push_back(c.text("group.order"));
  for (std::size_t i = 0; i < std::min(messages.size(), kGroupRows); ++i)
    group.breakdown.push_back(
        c.text("group.row", {{"row", std::to_string(i + 1)},
                             {"text", messages[i].row.empty() ? messages[i].fallback : messages[i].row}}));
  if (messages.size() > kGroupRows)
    group.breakdown.push_back(c.text(
        "group.more",
        {{"n", c.number(static_cast<double>(messages.size() - kGroupRows))},
         {"page", c.text(hasLink(worst, c.text("link.page")) ? "next.page.below" : "next.page.elsewhere")}}));
  group.statusPage = worst.statusPage;
  for (const auto& link : worst.links)
    if (link.label != c.text("link.runbook")) group.links.push_back(link);
  group.footer = c.text("footer.group", {{"n", count}, {"at", zone.zonedText(now)}, {"id", group.id}});
  for (auto& one : messages) {
    one.members.clear();
    if (group.members.size() < kMaxMembers) {
      group.members.push_back(std::move(one));
      continue;
    }
    Notification named;
    named.id = std::move(one.id);
    group.members.push_back(std::move(named));
  }
  return group;
}

namespace {

std::string footerOf(const Catalogue& c, const char* rule, const std::string& id, Instant now,
                     const TimeZone& zone) {
  return fmt::format("{} · {}", c.text("footer.rule", {{"rule", rule}, {"at", zone.zonedText(now)}}),
                     c.text("footer.id", {{"id", id}}));
}

}  // namespace

std::string undeliverableKey(std::string_view reason) {
  auto key = fmt::format("undeliverable.next.{}", remedyFor(reason));
  return Catalogue::of(Language::english).has(key) ? key : "undeliverable.next";
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
  message.footer = footerOf(c, "test", id, now, zone);
  return message;
}

std::string undeliverableSideKey(std::string_view reason) {
  auto key = fmt::format("side.undeliverable.{}", remedyFor(reason));
  return Catalogue::of(Language::english).has(key) ? key : "side.undeliverable";
}

Notification composeUndeliverable(const std::string& channel, const std::string& reason,
                                  const std::string& id, Instant now, const TimeZone& zone,
                                  Language language) {
  const auto& c = Catalogue::of(language);
  const auto said = oneLine(answerWords(c, reason), 200);
  Notification message;
  message.id = id;
  message.tone = Tone::warning;
  message.badge = c.text("severity.warning");
  message.title = c.text("undeliverable.title", {{"channel", channel}});
  message.fallback =
      cutCharacters(fmt::format("[{}] {}", message.badge,
                                c.text("undeliverable.short", {{"channel", channel}, {"reason", said}})),
                    kFallbackCharacters);
  message.sentence = c.text("undeliverable.sentence", {{"channel", channel}, {"reason", said}});
  message.next = Field{c.text("next"), c.text(undeliverableKey(reason), {{"channel", channel}})};
  message.side = Field{c.text("side"), c.text(undeliverableSideKey(reason))};
  message.footer = footerOf(c, "undeliverable", id, now, zone);
  return message;
}

Notification composeDeliverable(const std::string& channel, const std::string& id, Instant now,
                                const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::good;
  message.badge = c.text("resolved");
  message.title = c.text("deliverable.title", {{"channel", channel}});
  message.fallback = cutCharacters("[" + message.badge + "] " + message.title, kFallbackCharacters);
  message.sentence = c.text("deliverable.sentence", {{"channel", channel}});
  message.side = Field{c.text("side"), c.text("side.undeliverable")};
  message.footer = footerOf(c, "undeliverable", id, now, zone);
  return message;
}

namespace {

// As the badge of an incident has it.
std::string numbered(const Catalogue& c, const std::string& badge, std::int64_t number) {
  if (number == 0) return badge;
  return c.text("incident.badge", {{"state", badge}, {"number", std::to_string(number)}});
}

}  // namespace

std::string storeKey(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::diskFull:
    case Error::Kind::readOnly:
    case Error::Kind::ioError:
    case Error::Kind::damaged:
    case Error::Kind::notFound:
    case Error::Kind::locked:
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
  // As `status` and the rules for Prometheus have it: a restart would lose what only memory knows.
  message.tone = Tone::critical;
  message.badge = numbered(c, c.text("severity.critical"), trouble.number);
  message.title = c.text(key + ".title");
  message.fallback = cutCharacters("[" + message.badge + "] " + message.title, kFallbackCharacters);
  message.sentence = c.text(trouble.waits ? "store.locked.sentence" : "store.sentence",
                            {{"since", zone.zonedText(trouble.since)}, {"path", trouble.path}});
  message.next = Field{c.text("next"), c.text(key + ".next", {{"path", trouble.path}})};
  message.side = Field{c.text("side"), c.text("side.store")};
  const auto kind = c.text(fmt::format("error.{}", name(trouble.error.kind)));
  const auto text = oneLine(c.say(trouble.error.said()), 300);
  // What somebody has put into words needs no quotation.
  message.fields = {
      Field{c.text("store.error"),
            trouble.error.phrase.empty() ? c.text("error.quoted", {{"kind", kind}, {"text", text}}) : text}};
  message.footer = footerOf(c, "store", id, now, zone);
  return message;
}

namespace {

const char* worksKey(StoreRecovery::Memory memory) {
  switch (memory) {
    case StoreRecovery::Memory::stored:
      break;
    case StoreRecovery::Memory::lost:
      return "store.works.restarted";
    case StoreRecovery::Memory::none:
      return "store.works.waited";
  }
  return "store.works.sentence";
}

}  // namespace

Notification composeStoreWorks(const StoreRecovery& recovery, const std::string& id, Instant now,
                               const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::good;
  message.badge = numbered(c, c.text("resolved"), recovery.number);
  message.title = c.text("store.works.title");
  message.fallback = cutCharacters("[" + message.badge + "] " + message.title, kFallbackCharacters);
  message.sentence = c.text(worksKey(recovery.memory), {{"since", zone.zonedText(recovery.since)},
                                                        {"until", zone.zonedText(recovery.until)},
                                                        {"path", recovery.path}});
  message.footer = footerOf(c, "store", id, now, zone);
  return message;
}

Notification composeRulesTrouble(const RulesTrouble& trouble, const std::string& id, Instant now,
                                 const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  const bool isOver = trouble.until.has_value();
  const std::string key = isOver ? "rules.works" : "rules.fail";
  message.tone = isOver ? Tone::good : Tone::critical;
  message.mention = !isOver;
  message.badge = numbered(c, c.text(isOver ? "resolved" : "severity.critical"), trouble.number);
  message.title = c.text(key + ".title");
  message.fallback = cutCharacters("[" + message.badge + "] " + message.title, kFallbackCharacters);
  message.sentence = c.text(key + ".sentence", {{"since", zone.zonedText(trouble.since)},
                                                {"until", zone.zonedText(trouble.until.value_or(now))}});
  message.side = Field{c.text("side"), c.text("side.store")};
  if (!isOver) {
    message.next = Field{c.text("next"), c.text("rules.fail.next")};
    message.fields = {Field{c.text("store.error"), oneLine(c.say(trouble.error.said()), 300)}};
  }
  message.footer = footerOf(c, "arrivald", id, now, zone);
  return message;
}

void markLate(Notification& notification, Instant meant, const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  const auto at = zone.zonedText(meant);
  // Its numbers are of then, and so is what the status page said.
  const auto then = [&](std::string& label) {
    if (!label.empty()) label = c.text("late.label", {{"label", label}});
  };
  const bool goesOn = !isOver(notification) && notification.tone != Tone::test;
  for (auto& field : notification.fields)
    if (goesOn && field.label != c.text("field.since") && field.label != c.text("field.threshold") &&
        field.label != c.text("field.renewed"))
      then(field.label);
  if (notification.trend) then(notification.trend->label);
  then(notification.breakdownLabel);
  then(notification.causesLabel);
  if (notification.statusPage) then(notification.statusPage->label);
  if (goesOn && notification.next)
    notification.next->value = c.text(
        "late.next", {{"page", c.text(hasLink(notification, c.text("link.page")) ? "next.page.below"
                                                                                 : "next.page.elsewhere")},
                      {"next", notification.next->value}});
  notification.badge = c.text("late.badge", {{"badge", notification.badge}});
  const bool isStandIn = !notification.standsInFor.empty();
  const auto key = fmt::format("late.sentence{}{}", goesOn ? "" : ".over", isStandIn ? ".stand_in" : "");
  notification.sentence =
      c.text(key, {{"at", at}, {"channel", notification.standsInFor}, {"sentence", notification.sentence}});
  // In front, where cutting leaves it.
  notification.fallback = cutCharacters(c.text("late.short", {{"at", at}, {"short", notification.fallback}}),
                                        kFallbackCharacters);
}

void markStandIn(Notification& notification, Language language) {
  if (notification.standsInFor.empty()) return;
  notification.footer = Catalogue::of(language).text(
      "stand_in.footer", {{"channel", notification.standsInFor}, {"footer", notification.footer}});
}

Notification composeUnreadable(const std::string& reason, const std::string& id, Instant now,
                               const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification notification;
  notification.id = id;
  notification.tone = Tone::warning;
  notification.badge = c.text("severity.warning");
  notification.title = c.text("unreadable.title");
  notification.fallback = cutCharacters(
      fmt::format("[{}] {}", notification.badge, c.text("unreadable.short", {{"id", oneLine(id, 80)}})),
      kFallbackCharacters);
  notification.next = Field{c.text("next"), c.text("unreadable.next")};
  notification.side = Field{c.text("side"), c.text("side.store")};
  notification.sentence =
      c.text("unreadable.sentence", {{"reason", oneLine(reason, 200)}, {"id", oneLine(id, 120)}});
  notification.footer = footerOf(c, "unreadable", oneLine(id, 120), now, zone);
  return notification;
}

}  // namespace arrivald::notify
