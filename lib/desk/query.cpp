#include "desk/query.hpp"

#include <functional>

#include "base/domain_name.hpp"
#include "base/number.hpp"

namespace arrivald::desk {

using store::EntriesTable;
using store::EntryFilter;
using store::EntryPlace;
using suppression::EntryId;

namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxIdText = 24;

// "@Town.example.jp " → "town.example.jp"
std::string plainDomain(std::string_view typed) {
  constexpr std::string_view kAround = " \t@";
  const auto begin = typed.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  return asciiDomain(typed.substr(begin, typed.find_last_not_of(" \t.") - begin + 1));
}

}  // namespace

Query queryOf(const QueryAsked& asked, const TimeZone& zone, Instant now) {
  Query query;
  query = during(std::move(query), suppression::periodOf({asked.period, asked.from, asked.to}, zone, now));
  auto& filter = query.filter;
  const auto read = [&](const char* name, const std::string& value, auto& into, auto&& find) {
    if (value.empty()) return;
    into = find(value);
    if (!into) query.ignored.emplace_back(name);
  };
  read("list", asked.list, filter.list, suppression::listNamed);
  read("side", asked.side, filter.side, suppression::sideNamed);
  read("cause", asked.cause, filter.cause, causes::classNamed);
  read("after", asked.after, query.after, placeFrom);
  read("seen", asked.seen, filter.seen, seenFrom);
  if (!asked.period.empty() && !suppression::presetNamed(asked.period)) query.ignored.emplace_back("period");
  filter.receivers = asked.group.substr(0, kMaxName);
  filter.account = asked.account.substr(0, kMaxName);
  filter.domain = plainDomain(std::string_view(asked.domain).substr(0, kMaxName));
  if (asked.gone == "1")
    filter.presence = EntryFilter::Presence::removed;
  else if (!asked.gone.empty())
    query.ignored.emplace_back("gone");
  if (asked.sort == "stopped")
    query.order = EntriesTable::Order::mostStopped;
  else if (!asked.sort.empty())
    query.ignored.emplace_back("sort");
  return query;
}

std::vector<std::pair<std::string, std::string>> parametersOf(const Query& query) {
  std::vector<std::pair<std::string, std::string>> all;
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) all.emplace_back(name, value);
  };
  if (query.period.preset) {
    add("period", name(*query.period.preset));
  } else {
    add("from", arrivald::toText(query.period.first));
    add("to", arrivald::toText(query.period.last));
  }
  const auto& filter = query.filter;
  if (filter.list) add("list", name(*filter.list));
  if (filter.side) add("side", name(*filter.side));
  if (filter.cause) add("cause", name(*filter.cause));
  add("group", filter.receivers);
  add("domain", filter.domain);
  add("account", filter.account);
  if (filter.seen) add("seen", seenText(*filter.seen));
  if (filter.presence == EntryFilter::Presence::removed) add("gone", "1");
  if (query.order == EntriesTable::Order::mostStopped) add("sort", "stopped");
  return all;
}

Query during(Query query, const suppression::Period& period) {
  query.period = period;
  query.filter.first = period.first;
  query.filter.last = period.last;
  query.filter.from = period.from;
  query.filter.to = period.to;
  return query;
}

std::string seenText(const EntryFilter::Seen& seen) {
  return std::to_string(unixMilliseconds(seen.after)) + "-" + std::to_string(unixMilliseconds(seen.until));
}

std::optional<EntryFilter::Seen> seenFrom(std::string_view text) {
  const auto dash = text.find('-', 1);
  if (dash == std::string_view::npos) return std::nullopt;
  const auto after = numberIn<std::int64_t>(text.substr(0, dash)),
             until = numberIn<std::int64_t>(text.substr(dash + 1));
  const auto isTime = [](const std::optional<std::int64_t>& at) {
    return at && *at >= 0 && *at < unixMilliseconds(Instant::max());
  };
  if (!isTime(after) || !isTime(until)) return std::nullopt;
  return EntryFilter::Seen{fromUnixMilliseconds(*after), fromUnixMilliseconds(*until)};
}

std::string toText(const EntryPlace& place) {
  return std::to_string(place.created) + "." + std::to_string(static_cast<std::int64_t>(place.id)) + "." +
         std::to_string(place.stopped);
}

std::optional<EntryPlace> placeFrom(std::string_view text) {
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto created = numberIn<std::int64_t>(text.substr(0, first));
  const auto id = numberIn<std::int64_t>(text.substr(first + 1, second - first - 1));
  const auto stopped = numberIn<std::int64_t>(text.substr(second + 1));
  if (!created || !id || !stopped || *created < 0 || *created > unixMilliseconds(Instant::max()) - 1)
    return std::nullopt;
  return EntryPlace{*created, static_cast<EntryId>(*id), *stopped};
}

std::string toText(EntryId id) { return std::to_string(static_cast<std::int64_t>(id)); }

std::optional<EntryId> entryIdFrom(std::string_view text) {
  if (text.size() > kMaxIdText) return std::nullopt;
  const auto number = numberIn<std::int64_t>(text);
  if (!number || *number <= 0) return std::nullopt;
  return static_cast<EntryId>(*number);
}

}  // namespace arrivald::desk
