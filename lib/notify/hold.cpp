#include "notify/hold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.hpp"
#include "notify/catalogue.hpp"
#include "notify/compose.hpp"
#include "notify/incident_words.hpp"
#include "notify/notification_json.hpp"

namespace arrivald::notify {

using incidents::Held;

namespace {

constexpr std::size_t kMaxLines = 20;

Held* find(std::vector<Held>& held, const std::string& channel, const std::string& conversation) {
  const auto found = std::ranges::find_if(
      held, [&](const Held& one) { return one.channel == channel && one.conversation == conversation; });
  return found == held.end() ? nullptr : &*found;
}

// One message for each channel that takes again.
std::vector<PlannedNotification> release(std::vector<Held>& held, const PlanSettings& settings, Instant now) {
  std::vector<PlannedNotification> planned;
  for (const auto& channel : settings.channels) {
    std::vector<Notification> texts;
    Instant since = now;
    std::erase_if(held, [&](const Held& one) {
      if (one.channel != channel.channel || !isReleased(one, settings, now)) return false;
      if (auto text = notificationFromJson(one.notification)) texts.push_back(std::move(*text));
      since = std::min(since, one.since);
      return true;
    });
    if (texts.empty()) continue;
    if (channel.single) {
      for (auto& text : texts) planned.push_back({text.id, channel.channel, std::move(text)});
      continue;
    }
    const auto id = fmt::format("held-{}#{}", channel.channel, unixMilliseconds(now));
    planned.push_back(
        {id, channel.channel, composeHeld(texts, since, id, now, settings.zone, channel.language)});
  }
  // Of channels that are not configured any more.
  std::erase_if(held, [&](const Held& one) {
    return std::ranges::find(settings.channels, one.channel, &ChannelLanguage::channel) ==
           settings.channels.end();
  });
  return planned;
}

}  // namespace

std::string conversationOf(std::string_view change) {
  return std::string(change.substr(0, change.find('#')));
}

bool isReleased(const Held& held, const PlanSettings& settings, Instant now) {
  bool waits = false;
  for (const auto& route : settings.routes) {
    if (!route.hours || !route.otherwise.empty() ||
        std::ranges::find(route.channels, held.channel) == route.channels.end())
      continue;
    if (calendar::isOpen(*route.hours, settings.zone, now)) return true;
    waits = true;
  }
  return !waits;
}

std::vector<PlannedNotification> holdBack(std::vector<PlannedNotification> planned, std::vector<Held>& held,
                                          const PlanSettings& settings, Instant now) {
  std::vector<PlannedNotification> atOnce;
  for (auto& one : planned) {
    const auto conversation = conversationOf(one.change);
    Held* known = find(held, one.channel, conversation);
    if (!one.held || (known == nullptr && held.size() >= incidents::kMaxHeld)) {
      std::erase_if(held, [&](const Held& each) {
        return each.channel == one.channel && each.conversation == conversation;
      });
      atOnce.push_back(std::move(one));
    } else if (known != nullptr) {
      known->notification = toJson(one.notification);
    } else {
      held.push_back({one.channel, conversation, toJson(one.notification), now});
    }
  }
  std::ranges::move(release(held, settings, now), std::back_inserter(atOnce));
  return atOnce;
}

Notification composeHeld(const std::vector<Notification>& held, Instant since, const std::string& id,
                         Instant now, const TimeZone& zone, Language language) {
  if (held.size() == 1 && !isOver(held.front())) return held.front();
  const auto& c = Catalogue::of(language);
  const IncidentWords words(zone, now, language);
  const auto count = [&](auto... which) {
    return c.number(static_cast<double>(std::ranges::count_if(held, which...)));
  };
  const auto open = count([](const Notification& one) { return !isOver(one); });
  const auto said = [&](const char* key) {
    return c.text(key, {{"n", c.number(static_cast<double>(held.size()))},
                        {"open", open},
                        {"since", words.time(since)},
                        {"now", words.time(now)}});
  };
  Notification message;
  message.id = id;
  const bool over = std::ranges::all_of(held, isOver);
  message.tone = Tone::ended;
  for (const auto& one : held) {
    if (isOver(one)) continue;
    message.tone = std::min(message.tone, one.tone);
    message.mention = message.mention || one.mention;
  }
  message.badge = c.text("held.badge");
  message.title = said(over ? "held.title.over" : "held.title");
  message.fallback = cutCharacters(fmt::format("[{}] {}", message.badge, message.title), kFallbackCharacters);
  message.sentence = said("held.sentence");
  message.breakdownLabel = c.text("group.all");
  const auto add = [&](const Notification& one) {
    if (message.breakdown.size() >= kMaxLines) return;
    auto line = one.fallback;
    if (!isOver(one)) {
      line += c.text("sentence.gap") + one.sentence;
      if (one.next) line += c.text("sentence.gap") + one.next->label + ": " + one.next->value;
    }
    message.breakdown.push_back(std::move(line));
  };
  for (const auto& one : held)
    if (!isOver(one)) add(one);
  for (const auto& one : held)
    if (isOver(one)) add(one);
  if (held.size() > kMaxLines)
    message.breakdown.push_back(
        c.text("held.more", {{"n", c.number(static_cast<double>(held.size() - kMaxLines))}}));
  message.links = held.front().links;
  message.footer = fmt::format("arrivald · {} · {}", zone.zonedText(now), c.text("footer.id", {{"id", id}}));
  return message;
}

}  // namespace arrivald::notify
