#include "watch/dmarc_weekly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"
#include "notify/route.hpp"
#include "store/meta_table.hpp"
#include "watch/channels.hpp"
#include "watch/dmarc_answers.hpp"
#include "watch/dmarc_words.hpp"

namespace arrivald::watch {
namespace {

constexpr std::string_view kRule = "dmarc-weekly";
// Milliseconds since 1970: the message that was due then has been put.
constexpr std::string_view kDueKey = "dmarc_weekly_due";
constexpr Duration kMostLate = std::chrono::hours(24);
constexpr std::size_t kMaxDomains = 10;
constexpr std::size_t kMaxSources = 8;
constexpr std::size_t kMaxFallback = 100;

// The last one before `now`.
Instant mondayBefore(Instant now, const TimeZone& zone) {
  auto day = zone.dateOf(now);
  while (std::chrono::weekday(day) != std::chrono::Monday) day -= std::chrono::days(1);
  const auto due = zone.startOf(day) + std::chrono::hours(9);
  return due <= now ? due : zone.startOf(day - std::chrono::days(7)) + std::chrono::hours(9);
}

std::vector<std::string> sourcesOf(const DmarcView& view, const DmarcWords& words) {
  std::vector<std::string> rows;
  for (const auto& source : view.shown.sources) {
    if (rows.size() == kMaxSources) break;
    const auto all = source.tally.messages();
    rows.push_back(
        words.catalogue().text("dmarc.weekly.source", {{"name", source.name},
                                                       {"messages", words.number(all)},
                                                       {"pass", words.share(all - source.tally.fail, all)},
                                                       {"origin", words.origin(source.origin)}}));
  }
  const auto others = view.shown.sources.size() - rows.size() + view.rest.sources;
  if (others > 0) rows.push_back(words.catalogue().text("dmarc.more", {{"n", words.number(others)}}));
  return rows;
}

}  // namespace

notify::Notification dmarcWeeklyOf(const DmarcView& view, const std::string& id, const std::string& url,
                                   const TimeZone& zone, Instant now, Language language) {
  const DmarcWords words(language);
  const auto& c = words.catalogue();
  const auto summary = dmarcSummaryOf(view, language);
  const auto step = view.enforcement.next;
  notify::Notification message;
  message.id = id;
  message.tone = notify::Tone::info;
  message.badge = c.text("dmarc.weekly");
  message.title = fmt::format("[{}] {}", message.badge, summary.head);
  message.fallback = cutCharacters(message.title, kMaxFallback);
  message.sentence = summary.body;
  if (!summary.coverage.empty()) message.sentence += c.text("sentence.gap") + summary.coverage;
  message.next =
      notify::Field{c.text("next"), summary.first.empty() ? c.text("dmarc.weekly.nothing") : summary.first};
  message.causesLabel = c.text("page.dmarc.step", {{"step", std::string(name(step))}});
  for (const auto& condition : view.enforcement.conditions(step))
    message.causes.push_back(c.text(fmt::format("dmarc.weekly.condition.{}", name(condition.state)),
                                    {{"text", words.condition(condition, step)}}));
  message.breakdownLabel = c.text("dmarc.weekly.sources");
  message.breakdown = sourcesOf(view, words);
  if (!url.empty()) message.links.push_back({c.text("page.dmarc.title"), url});
  message.footer = fmt::format("{} · {}", c.text("dmarc.weekly.footer", {{"at", zone.zonedText(now)}}),
                               c.text("footer.id", {{"id", id}}));
  return message;
}

std::optional<Instant> dmarcWeeklyDue(Owners& owners, const config::Config& configuration) {
  const auto now = owners.clock().now();
  const auto due = mondayBefore(now, configuration.zone);
  if (now - due > kMostLate) return std::nullopt;
  std::optional<std::string> last;
  const auto read = owners.database().read([&] { last = store::MetaTable(owners.database()).get(kDueKey); });
  if (!read) return std::nullopt;
  std::int64_t milliseconds = 0;
  if (last) std::from_chars(last->data(), last->data() + last->size(), milliseconds);
  // A clock that was set back sends nothing twice.
  if (last && fromUnixMilliseconds(milliseconds) >= due) return std::nullopt;
  return due;
}

Done sendDmarcWeekly(Owners& owners, const config::Config& configuration,
                     const std::vector<std::shared_ptr<const DmarcView>>& views, Instant due) {
  const auto now = owners.clock().now();
  const auto settings = planSettingsOf(configuration);
  notify::Addressed addressed;
  addressed.severity = rules::Severity::info;
  addressed.rule = kRule;
  if (!configuration.accounts.empty()) addressed.account = configuration.accounts.front().name;
  const auto channels = notify::route(settings.routes, addressed);
  std::vector<Outgoing> outgoing;
  std::size_t domains = 0;
  for (const auto& view : views) {
    if (!dmarcSummaryOf(*view, Language::english).isKnown || ++domains > kMaxDomains) continue;
    const auto id = fmt::format("{}@{}#{}", kRule, view->domain, unixMilliseconds(due));
    const auto& page = settings.links.page;
    const auto url = page.empty() ? page : fmt::format("{}/dmarc/{}", page, view->domain);
    for (const auto& channel : configuration.channels)
      if (std::ranges::find(channels, channel.name) != channels.end())
        outgoing.push_back(
            {id, channel.name,
             dmarcWeeklyOf(*view, id, url, configuration.zone, now, languageOf(configuration, channel))});
  }
  const auto stored = owners.database().transact([&] {
    store::MetaTable(owners.database()).put(kDueKey, std::to_string(unixMilliseconds(due)));
    owners.outbox().put(outgoing);
  });
  if (stored) owners.outbox().stored();
  return stored;
}

}  // namespace arrivald::watch
