#include "desk/digest_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "desk/form.hpp"
#include "desk/query.hpp"
#include "desk/unread_lists.hpp"
#include "notify/catalogue.hpp"
#include "runtime/sleep.hpp"
#include "store/meta_table.hpp"
#include "store/suppressions_table.hpp"
#include "watch/channels.hpp"

namespace arrivald::desk {

using notify::Digest;
using store::EntryFilter;
using store::NewEntries;

namespace {

// Milliseconds since 1970: entries that were first seen until then have been in a digest.
constexpr std::string_view kUntilKey = "desk_digest_until";
// "ACCOUNT LIST", a line each: the lists of which the last digest said that they cannot be read.
constexpr std::string_view kUnreadKey = "desk_digest_unread";
constexpr Duration kLookEvery = std::chrono::seconds(30);
// What the first step names as one group holds at least this part of its cause.
constexpr double kMostly = 0.8;

std::optional<Instant> untilIn(store::MetaTable& meta) {
  const auto text = meta.get(kUntilKey);
  if (!text) return std::nullopt;
  std::int64_t milliseconds = 0;
  std::from_chars(text->data(), text->data() + text->size(), milliseconds);
  return fromUnixMilliseconds(milliseconds);
}

void putUntil(store::MetaTable& meta, Instant until) {
  meta.put(kUntilKey, std::to_string(unixMilliseconds(until)));
}

template <class Key>
std::vector<std::pair<Key, std::int64_t>> mostFirst(const std::map<Key, std::int64_t>& counts) {
  std::vector<std::pair<Key, std::int64_t>> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, [](const auto& a, const auto& b) { return a.second > b.second; });
  return rows;
}

std::string linkOf(const std::string& base, const config::Desk& desk, Instant oldest,
                   const EntryFilter::Seen& seen, std::vector<std::pair<std::string, std::string>> more) {
  std::vector<std::pair<std::string, std::string>> parameters{
      {"from", arrivald::toText(desk.zone.dateOf(oldest))},
      {"to", arrivald::toText(desk.zone.dateOf(seen.until))},
      {"seen", seenText(seen)}};
  for (auto& one : more) parameters.push_back(std::move(one));
  return base + "/?" + toQuery(parameters);
}

// The most frequent cause of one side, or of all entries that hold a reply.
std::optional<Digest::First> mostOf(const std::vector<NewEntries>& news,
                                    std::optional<suppression::Side> side) {
  std::map<causes::Class, std::int64_t> byCause;
  const auto counts = [&](const NewEntries& row) {
    return !suppression::isWish(row.list) && (!side || row.side == *side);
  };
  for (const auto& row : news)
    if (counts(row)) byCause[row.causeClass] += row.entries;
  if (byCause.empty()) return std::nullopt;
  const auto [cause, entries] = mostFirst(byCause).front();
  std::map<std::string, std::int64_t> byGroup;
  for (const auto& row : news)
    if (counts(row) && row.causeClass == cause) byGroup[row.receivers] += row.entries;
  Digest::First first{cause, "", entries, ""};
  const auto [group, most] = mostFirst(byGroup).front();
  if (static_cast<double>(most) >= kMostly * static_cast<double>(entries)) {
    first.group = group;
    first.entries = most;
  }
  return first;
}

Digest summarised(const std::vector<NewEntries>& news) {
  Digest digest;
  std::map<std::string, std::int64_t> sides, groups;
  std::map<std::pair<std::string, causes::Class>, std::int64_t> byCause;
  for (const auto& row : news) {
    digest.entries += row.entries;
    groups[row.receivers] += row.entries;
    const bool wish = suppression::isWish(row.list);
    if (wish)
      byCause[{std::string(name(row.list)), causes::Class::unspecified}] += row.entries;
    else
      byCause[{"", row.causeClass}] += row.entries;
    if (!wish) sides[std::string(name(row.side))] += row.entries;
  }
  digest.sides = mostFirst(sides);
  digest.groups = mostFirst(groups);
  for (const auto& [cause, entries] : mostFirst(byCause))
    digest.causes.push_back({cause.first, cause.second, entries});
  digest.first = mostOf(news, suppression::Side::ours);
  if (!digest.first) digest.first = mostOf(news, std::nullopt);
  return digest;
}

}  // namespace

// Inside Database::transact() or read().
std::optional<Digest> DigestSender::digestOf(const config::Config& configuration, Instant from, Instant to) {
  std::vector<NewEntries> news;
  for (const auto& account : configuration.accounts) {
    if (!account.suppressions) continue;
    for (const auto& owner : std::as_const(owners_).lists().ownersOf(account)) {
      auto rows = store::SuppressionsTable(owners_.database()).news(owner, from, to);
      news.insert(news.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    }
  }
  if (news.empty()) return std::nullopt;
  auto digest = summarised(news);
  digest.from = from;
  digest.to = to + Duration{1};  // as people read it: 9:00, not 8:59
  const auto& desk = *configuration.desk;
  // What is counted was first seen within this time, whenever it was created.
  const auto oldest = std::ranges::min_element(news, {}, &NewEntries::oldest)->oldest;
  const EntryFilter::Seen seen{from, to};
  digest.url = linkOf(base_, desk, oldest, seen, {});
  if (!digest.first) return digest;
  std::vector<std::pair<std::string, std::string>> filter{
      {"cause", std::string(causes::name(digest.first->causeClass))}};
  if (!digest.first->group.empty()) filter.emplace_back("group", digest.first->group);
  digest.first->url = linkOf(base_, desk, oldest, seen, std::move(filter));
  return digest;
}

namespace {

// What could not be read may hold more: then the counts are the least there is.
void addUnread(notify::Notification& message, const std::vector<UnreadList>& unread, const TimeZone& zone,
               Language language) {
  if (!anyMissed(unread)) return;
  message.sentence += " " + notify::Catalogue::of(language).text("desk.unread.title");
  for (const auto& text : unreadTexts(unread, zone, language)) message.sentence += " " + text;
}

// Those whose read has failed; not those that are late, as all are at a start.
std::set<std::string> namesOf(const std::vector<UnreadList>& unread) {
  std::set<std::string> names;
  for (const auto& one : unread)
    if (one.why == UnreadList::Why::failing)
      names.insert(fmt::format("{} {}", one.account, suppression::name(one.list)));
  return names;
}

std::set<std::string> unreadIn(store::MetaTable& meta) {
  std::set<std::string> names;
  const auto text = meta.get(kUnreadKey).value_or("");
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    names.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

void putUnread(store::MetaTable& meta, const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "\n";
  meta.put(kUnreadKey, text);
}

}  // namespace

Done DigestSender::look(const config::Config& configuration) {
  if (!configuration.desk || !configuration.desk->digest) return done();
  owners_.noticeClockStep();
  const auto& settings = *configuration.desk->digest;
  auto& database = owners_.database();
  const auto now = owners_.clock().now();
  // An entry that is stored within the same millisecond belongs to the next digest.
  constexpr Duration kTick{1};
  const auto last = now - kTick;
  std::optional<Instant> until;
  store::MetaTable meta(database);
  if (const auto read = database.read([&] { until = untilIn(meta); }); !read) return read;
  if (until && settings.schedule.next(std::min(*until + kTick, now), 0.5) > now) return done();
  bool sends = false;
  const auto stored = database.transact([&] {
    putUntil(meta, last);
    // What was there before the first look is no news.
    const auto from = std::min(until.value_or(last), last);
    const auto digest = until ? digestOf(configuration, from, last) : std::nullopt;
    const auto unread = unreadLists(owners_, configuration);
    auto names = namesOf(unread);
    const auto known = unreadIn(meta);
    sends = digest || (until && !std::ranges::includes(known, names));
    // What is read again, and then not, is said again.
    if (!sends) std::erase_if(names, [&](const std::string& name) { return !known.contains(name); });
    if (names != known) putUnread(meta, names);
    if (!sends) return;
    const auto& zone = configuration.desk->zone;
    const auto id = fmt::format("digest#{}", unixMilliseconds(now));
    std::vector<watch::Outgoing> outgoing;
    for (const auto& channel : configuration.channels) {
      if (std::ranges::find(settings.channels, channel.name) == settings.channels.end()) continue;
      const auto language = watch::languageOf(configuration, channel);
      auto message =
          digest ? notify::composeDigest(*digest, id, zone, language)
                 : notify::composeUnreadDigest(from, last + kTick, unreadTexts(unread, zone, language),
                                               base_ + "/", id, zone, language);
      if (digest) addUnread(message, unread, zone, language);
      outgoing.push_back({id, channel.name, std::move(message)});
    }
    owners_.outbox().put(outgoing);
  });
  if (stored && sends) owners_.outbox().stored();
  return stored;
}

void DigestSender::storeShift(store::Database& database, Duration step) {
  store::MetaTable meta(database);
  if (const auto until = untilIn(meta)) putUntil(meta, *until + step);
}

runtime::Task<> keepSendingDigests(DigestSender& sender, std::shared_ptr<const config::Config> configuration,
                                   Clock& clock, void (*report)(const Error&)) {
  for (;;) {
    if (const auto looked = sender.look(*configuration); !looked) report(looked.error());
    co_await runtime::sleepFor(clock, kLookEvery);
  }
}

}  // namespace arrivald::desk
