#include "watch/silence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/local_time.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "config/problems.hpp"
#include "incidents/notices.hpp"
#include "notify/silence_words.hpp"
#include "stream/domain_groups.hpp"
#include "watch/current_facts.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using incidents::Silence;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxText = 500, kMaxPattern = 256;
constexpr Duration kShown = std::chrono::days(31);

Error invalid(Phrase why) { return Error::of(Error::Kind::invalid, std::move(why)); }

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

bool isNone(const std::string& glob, const std::vector<std::string>& known) {
  return !glob.empty() &&
         std::ranges::none_of(known, [&](const auto& name) { return rules::matchesGlob(glob, name); });
}

// What can be known to match nothing: receivers and categories come and go, see doubtOf().
std::optional<Error> matchesNothing(const rules::Matcher& match, const config::Config& config) {
  std::vector<std::string> accounts, rules, causes;
  for (const auto& account : config.accounts) accounts.push_back(account.name);
  for (const auto& rule : config.rules) rules.push_back(rule.name);
  for (std::size_t i = 0; i < incidents::kKinds; ++i)
    causes.emplace_back(incidents::name(static_cast<incidents::Kind>(i)));
  if (isNone(match.account, accounts))
    return invalid(phrase("no account is called {}; there are {}", match.account, joined(accounts)));
  if (isNone(match.rule, rules))
    return invalid(phrase("no rule is called {}; there are {}", match.rule, joined(rules)));
  if (isNone(match.cause, causes))
    return invalid(phrase("no cause is called {}; there are {}", match.cause, joined(causes)));
  return std::nullopt;
}

std::optional<Error> wrongIn(const AddSilence& asked, const Owners& owners, const config::Config& config) {
  const auto& match = asked.match;
  for (const auto& glob :
       {match.account, match.rule, match.category, match.receiver, match.cause, match.subject})
    if (glob.size() > kMaxPattern || oneLine(glob, kMaxPattern) != glob)
      return invalid(phrase("what is silenced is named in one line of at most {} bytes", kMaxPattern));
  if (asked.incident == 0 && match.isEmpty())
    return invalid(
        phrase("say what is silenced: --incident, --account, --rule, --receiver, --category, "
               "--cause or --subject"));
  if (asked.incident != 0 && !match.isEmpty())
    return invalid(phrase("--incident stands alone: it means one incident, whatever it is about"));
  if (oneLine(asked.by, kMaxText).empty() || oneLine(asked.why, kMaxText).empty())
    return invalid(phrase("say who silences it (--by) and why (--why)"));
  if (asked.by.size() > kMaxText || asked.why.size() > kMaxText)
    return invalid(phrase("--by and --why are at most {} bytes", kMaxText));
  if (asked.length.empty() == asked.until.empty())
    return invalid(
        phrase("say until when, by one of --for 8h, --until \"2026-11-28 18:00\" and --until over"));
  if (asked.until == "over" && asked.incident == 0)
    return invalid(phrase("--until over is for one incident (--incident N); say a time, or --for 8h"));
  if (asked.incident != 0) {
    const auto* incident = owners.incidents().find(asked.incident);
    if (!incident || !isLive(incident->state))
      return Error::of(Error::Kind::notFound,
                       phrase("no incident {} goes on; arrivald incidents lists them", asked.incident));
  }
  return matchesNothing(match, config);
}

// Sets when it begins and ends.
Done setSpan(Silence& silence, const AddSilence& asked, const TimeZone& zone, Instant now) {
  silence.begin = now;
  if (!asked.from.empty()) {
    const auto from = readTime(asked.from, zone, now);
    if (!from) return from.error();
    silence.begin = std::max(*from, now);
    silence.atTimes = true;
  }
  if (silence.begin - now > AddSilence::kFarthest)
    return invalid(phrase("--from is at most {} ahead", toText(AddSilence::kFarthest)));
  silence.untilOver = asked.until == "over";
  if (silence.untilOver) {
    silence.end = silence.begin + incidents::kLongestSilence;
  } else if (!asked.length.empty()) {
    const auto length = parseDuration(asked.length);
    if (!length || *length <= Duration{})
      return invalid(phrase("--for is such as 2h or 3d, found {}", oneLine(asked.length, kMaxPattern)));
    silence.end = silence.begin + *length;
  } else {
    const auto until = readTime(asked.until, zone, silence.begin);
    if (!until) return until.error();
    silence.end = *until;
    silence.atTimes = true;
  }
  if (silence.end <= silence.begin)
    return invalid(
        phrase("it would end at {}, which is over already or before it begins: say a later --until",
               zone.zonedText(silence.end)));
  if (silence.end - silence.begin > incidents::kLongestSilence)
    return invalid(phrase("a silence lasts at most {}: say a shorter time, and again before it ends",
                          toText(incidents::kLongestSilence)));
  return done();
}

ordered_json matchOf(const Silence& silence) {
  ordered_json match = ordered_json::object();
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) match[key] = value;
  };
  if (silence.incident != 0) match["incident"] = silence.incident;
  add("account", silence.match.account);
  add("rule", silence.match.rule);
  add("receiver", silence.match.receiver);
  add("category", silence.match.category);
  add("cause", silence.match.cause);
  add("subject", silence.match.subject);
  return match;
}

ordered_json silenceOf(const Silence& silence, const incidents::Followed& followed, Instant now) {
  ordered_json one;
  if (silence.id != 0)
    one["id"] = silence.id;
  else
    one["maintenance"] = silence.name;
  one["state"] = now < silence.begin ? "planned" : "active";
  one["match"] = matchOf(silence);
  if (silence.id != 0) one["by"] = silence.by;
  one["why"] = silence.why;
  if (silence.id != 0) one["created"] = toIso(silence.created);
  one["begin"] = toIso(silence.begin);
  one["end"] = toIso(silence.end);
  one["until_over"] = silence.untilOver;
  auto& silenced = one["incidents"] = ordered_json::array();
  for (const auto& incident : followed.incidents)
    if (isLive(incident.state) && isActive(silence, now) && silences(silence, incident))
      silenced.push_back(incident.number);
  return one;
}

// What is on or comes of one window; nothing if it is over or far.
std::optional<Silence> nextOf(const config::Maintenance& window, Instant now) {
  Silence silence;
  if (window.begin) {
    silence.begin = window.begin->next(now - window.length, 0);
    silence.end = silence.begin + window.length;
  } else {
    silence.begin = window.from.value_or(Instant{});
    silence.end = window.to.value_or(Instant{});
  }
  if (silence.end <= now || silence.begin - now > kShown) return std::nullopt;
  silence.name = window.name;
  silence.match = window.match;
  silence.why = window.why;
  silence.atTimes = true;
  return silence;
}

}  // namespace

Result<Instant> readTime(std::string_view text, const TimeZone& zone, Instant after) {
  if (const auto given = parseLocalTime(text, zone)) return *given;
  if (const auto time = parseTimeOfDay(text)) {
    const auto today = zone.dateOf(after);
    const auto next = zone.instantsAt(today + *time).first;
    return next > after ? next : zone.instantsAt(today + std::chrono::days(1) + *time).first;
  }
  return invalid(
      phrase("a time is such as 18:00, \"2026-11-28 18:00\" or 2026-11-28T18:00:00+09:00, found {}",
             oneLine(text, kMaxPattern)));
}

Result<std::int64_t> addSilence(Owners& owners, const config::Config& config, const AddSilence& asked) {
  if (auto wrong = wrongIn(asked, owners, config)) return std::move(*wrong);
  const auto now = owners.clock().now();
  auto followed = owners.incidents().followed();
  const auto live =
      std::ranges::count_if(followed.silences, [&](const Silence& one) { return one.end > now; });
  if (static_cast<std::size_t>(live) >= incidents::kMaxSilences)
    return invalid(phrase("there are {} silences already; end some by arrivald silence end ID",
                          incidents::kMaxSilences));
  Silence silence;
  if (const auto span = setSpan(silence, asked, config.zone, now); !span) return span.error();
  silence.id = ++followed.lastSilence;
  silence.incident = asked.incident;
  silence.match = asked.match;
  silence.by = asked.by;
  silence.why = asked.why;
  silence.created = now;
  followed.silences.push_back(silence);
  incidents::markSilenced(followed, maintenanceAt(config, now), now);
  // What the store refuses would be forgotten, and people be notified after all.
  if (const auto trouble = owners.health().trouble()) return *trouble;
  if (const auto stored = owners.alerts().put({owners.alerts().all(), {}}, std::move(followed), {}); !stored)
    return stored.error();
  log::info(fmt::format("silence {} begins", silence.id), {{"what", matchOf(silence).dump()},
                                                           {"begin", toIso(silence.begin)},
                                                           {"end", toIso(silence.end)},
                                                           {"by", silence.by},
                                                           {"why", silence.why}});
  return silence.id;
}

Phrase doubtOf(const rules::Matcher& match, const Owners& owners, const config::Config& config) {
  std::vector<std::string> receivers, categories;
  for (const auto& group : config.eventStream.domainGroups) receivers.push_back(group.name);
  for (const auto& group : stream::defaultGroups()) receivers.push_back(group.name);
  const CurrentFacts current(owners, config);
  for (const auto& subject : current.facts().subjects()) {
    if (subject.dimension == delivery::Dimension::category) categories.push_back(subject.name);
    if (delivery::isReceiver(subject.dimension)) receivers.push_back(subject.name);
  }
  if (isNone(match.receiver, receivers))
    return phrase("no receiver is known as {} yet, and what gets that name will be silenced{}",
                  match.receiver, config::didYouMean(match.receiver, receivers));
  if (isNone(match.category, categories))
    return phrase("no category is known as {} yet, and what gets that name will be silenced{}",
                  match.category, config::didYouMean(match.category, categories));
  return {};
}

Done endSilence(Owners& owners, const config::Config& config, std::int64_t id) {
  const auto now = owners.clock().now();
  auto followed = owners.incidents().followed();
  const auto found = std::ranges::find(followed.silences, id, &Silence::id);
  if (found == followed.silences.end() || found->end <= now) {
    const bool planned = !config.maintenance.empty();
    return Error::of(Error::Kind::notFound,
                     planned ? phrase("there is no silence {}; arrivald silence list lists them; maintenance "
                                      "windows are ended in the configuration",
                                      id)
                             : phrase("there is no silence {}; arrivald silence list lists them", id));
  }
  found->end = now;
  // Until the next look, which tells people, it is shown as what silences it from now on, if anything does.
  const auto left = incidents::allSilences(followed, maintenanceAt(config, now));
  for (auto& incident : followed.incidents) {
    if (!incident.silenced || incident.silenced->by.id != id) continue;
    if (const auto* other = incidents::silencing(left, incident, now))
      incident.silenced->by = *other;
    else
      incident.silenced->by.end = now;
  }
  if (const auto trouble = owners.health().trouble()) return *trouble;
  const auto stored = owners.alerts().put({owners.alerts().all(), {}}, std::move(followed), {});
  if (stored) log::info(fmt::format("silence {} ended", id));
  return stored;
}

std::vector<Silence> maintenanceAt(const config::Config& config, Instant now) {
  std::vector<Silence> all;
  for (const auto& window : config.maintenance)
    if (auto next = nextOf(window, now)) all.push_back(std::move(*next));
  return all;
}

std::vector<Silence> currentSilences(const Owners& owners, const config::Config& config) {
  const auto now = owners.clock().now();
  auto all = incidents::allSilences(owners.incidents().followed(), maintenanceAt(config, now));
  std::erase_if(all, [&](const Silence& one) { return one.end <= now; });
  std::ranges::stable_sort(all, {}, [&](const Silence& one) {
    return std::tuple(now < one.begin, now < one.begin ? one.begin : one.end);
  });
  return all;
}

std::string silencesJson(const Owners& owners, const config::Config& config) {
  const auto now = owners.clock().now();
  ordered_json out{{"now", toIso(now)}, {"silences", ordered_json::array()}};
  for (const auto& one : currentSilences(owners, config))
    out["silences"].push_back(silenceOf(one, owners.incidents().followed(), now));
  return escapeUnprintable(out.dump(2, ' ', false, ordered_json::error_handler_t::replace)) + '\n';
}

std::vector<std::string> silenceLines(const Owners& owners, const config::Config& config, Language language) {
  const auto now = owners.clock().now();
  const notify::IncidentWords words(config.zone, now, language);
  std::vector<std::string> lines;
  for (const auto& one : currentSilences(owners, config)) lines.push_back(silenceLine(one, now, words));
  return lines;
}

}  // namespace arrivald::watch
