#include "watch/trace.hpp"

#include <algorithm>

#include "notify/catalogue.hpp"
#include "watch/event_json.hpp"
#include "watch/time_text.hpp"

namespace arrivald::watch {

using notify::Catalogue;
using suppression::kLists;

namespace {

constexpr std::size_t kMaxListed = 100;

bool isAddress(const EventFilter& filter) {
  return !filter.of.starts_with('<') && filter.of.find('@') != std::string::npos;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Error unknownAccount(const config::Config& config, const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& account : config.accounts) names.push_back(account.name);
  return Error{Error::Kind::invalid, "no account is called \"" + wanted + "\"; there are: " + joined(names)};
}

bool isAsked(const EventFilter& filter, const config::Account& account) {
  return filter.account.empty() || filter.account == account.name;
}

// Lists of which nothing is known yet, or that are not read at all.
std::vector<std::string> unreadLists(const Owners& owners, const config::Config& config,
                                     const EventFilter& filter, const Catalogue& words) {
  std::vector<std::string> unread;
  for (const auto& account : config.accounts) {
    if (!isAsked(filter, account)) continue;
    if (!account.suppressions) {
      unread.push_back(words.text("cli.trace.lists_off", {{"account", account.name}}));
      continue;
    }
    for (const auto list : kLists)
      if (!owners.lists().progress(account.name, list).crawled)
        unread.push_back(account.name + ": " + words.text("list." + std::string(name(list))));
  }
  return unread;
}

std::vector<std::string> notSearched(const Owners& owners, const config::Config& config,
                                     const EventFilter& filter, const Catalogue& words, bool complete) {
  std::vector<std::string> notes, without;
  bool anyStream = false;
  std::int64_t malformed = 0;
  const auto now = owners.clock().now();
  for (const auto& account : config.accounts) {
    if (!isAsked(filter, account)) continue;
    if (!account.events)
      without.push_back(account.name);
    else
      malformed += owners.events().status().malformed(account.name, std::chrono::hours(24), now);
    anyStream = anyStream || account.events.has_value();
  }
  if (!anyStream)
    notes.push_back(words.text("cli.trace.no_stream"));
  else
    notes.push_back(
        words.text("cli.trace.kept", {{"keep", words.duration(config.eventStream.keep)},
                                      {"since", timeText(config.zone, now - config.eventStream.keep)}}));
  if (anyStream && !without.empty())
    notes.push_back(words.text("cli.trace.accounts_without", {{"accounts", joined(without)}}));
  if (!complete) notes.push_back(words.text("cli.trace.incomplete"));
  if (malformed > 0)
    notes.push_back(words.text("cli.trace.malformed", {{"n", words.number(static_cast<double>(malformed))}}));
  if (!isAddress(filter))
    notes.push_back(words.text("cli.trace.lists_by_address"));
  else if (const auto unread = unreadLists(owners, config, filter, words); !unread.empty())
    notes.push_back(words.text("cli.trace.lists_unread", {{"lists", joined(unread)}}));
  return notes;
}

}  // namespace

Result<std::string> traceJson(Owners& owners, const config::Config& config, const EventFilter& filter,
                              Language language) {
  const bool known =
      filter.account.empty() ||
      std::ranges::find(config.accounts, filter.account, &config::Account::name) != config.accounts.end();
  if (!known) return unknownAccount(config, filter.account);
  Traced traced;
  traced.language = language;
  traced.events = owners.events().query().find(filter);
  if (!traced.events && traced.events.error().kind == Error::Kind::invalid) return traced.events.error();
  if (isAddress(filter)) {
    auto entries = owners.lists().find(filter.of, kMaxListed);
    if (!entries) return std::move(entries).error();
    for (auto& entry : *entries) {
      if (!filter.account.empty() && entry.account != filter.account) continue;
      auto cause = owners.causes().explain(entry.list, entry.entry);
      traced.lists.push_back({std::move(entry), std::move(cause)});
    }
  }
  traced.eventStream = std::ranges::any_of(config.accounts, [&](const auto& account) {
    return isAsked(filter, account) && account.events.has_value();
  });
  const bool complete = traced.events && traced.events->complete;
  traced.notSearched = notSearched(owners, config, filter, Catalogue::of(language), complete);
  return tracedJson(filter, traced);
}

}  // namespace arrivald::watch
