#include "watch/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/mailbox.hpp"
#include "causes/provider.hpp"
#include "causes/texts.hpp"
#include "notify/alert_names.hpp"
#include "notify/catalogue.hpp"
#include "notify/incident_words.hpp"
#include "notify/job_words.hpp"
#include "watch/event_json.hpp"

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

std::vector<std::string> named(std::vector<std::string> groups, const Catalogue& words) {
  for (auto& group : groups) group = words.groupName(group);
  return groups;
}

// What a group is called: its name and its provider's, in both languages.
std::vector<std::string> callingsOf(const std::string& name) {
  std::vector<std::string> all{name};
  const auto provider = causes::builtInProviders().of(name);
  for (const auto language : {Language::japanese, Language::english}) {
    all.push_back(Catalogue::of(language).groupName(name));
    if (!provider.empty()) all.emplace_back(causes::providerName(provider, language));
  }
  return all;
}

// The group's own name for one that is spelled in another way, in either language, in part or as its
// provider; a domain is one too.
Result<std::string> groupNamed(const stream::DomainGroups& groups, const std::string& spelling,
                               const Catalogue& words) {
  const auto wanted = notify::foldedName(spelling);
  const bool isDomain = spelling.starts_with('@') || spelling.find('.') != std::string::npos;
  const auto provider = isDomain ? std::string_view() : causes::builtInProviders().of(spelling);
  std::vector<std::string> alike, known, ofProvider;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& name = groups.name(static_cast<std::uint16_t>(i));
    known.push_back(words.groupName(name));
    if (!provider.empty() && causes::builtInProviders().of(name) == provider) ofProvider.push_back(name);
    for (const auto& word : callingsOf(name)) {
      const auto folded = notify::foldedName(word);
      if (folded == wanted) return name;
      const bool part = !wanted.empty() && folded.find(wanted) != std::string::npos;
      if (part && (alike.empty() || alike.back() != name)) alike.push_back(name);
    }
  }
  if (isDomain) {
    const auto domain = canonicalMailbox(spelling);
    return domain.substr(domain.find('@') + 1);
  }
  if (alike.size() == 1) return alike[0];
  if (!alike.empty())
    return Error{
        Error::Kind::invalid,
        words.text("cli.names.ambiguous", {{"name", spelling}, {"candidates", joined(named(alike, words))}})};
  if (!ofProvider.empty()) return ofProvider[0];
  return Error{Error::Kind::invalid,
               words.text("cli.trace.unknown_group", {{"name", spelling}, {"groups", joined(known)}})};
}

// Other groups, and those that are called alike: "Yahoo" is another company than "Yahoo! JAPAN".
std::string otherGroups(const stream::DomainGroups& groups, const std::string& spelling,
                        const std::string& found, const Catalogue& words) {
  const auto wanted = notify::foldedName(spelling);
  std::vector<std::string> alike, others;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& name = groups.name(static_cast<std::uint16_t>(i));
    if (name == found) continue;
    const auto isAlike = [&](const std::string& word) {
      return !wanted.empty() && notify::foldedName(word).find(wanted) != std::string::npos;
    };
    (std::ranges::any_of(callingsOf(name), isAlike) ? alike : others).push_back(words.groupName(name));
  }
  return words.text(alike.empty() ? "cli.trace.other_groups" : "cli.trace.alike_groups",
                    {{"name", words.groupName(found)}, {"alike", joined(alike)}, {"groups", joined(others)}});
}

Error unknownAccount(const config::Config& config, const std::string& wanted, const Catalogue& words) {
  std::vector<std::string> names;
  for (const auto& account : config.accounts) names.push_back(account.name);
  return Error{Error::Kind::invalid,
               words.text("cli.trace.unknown_account", {{"name", wanted}, {"accounts", joined(names)}})};
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

// How far back the stored events of an account go, which may be less than the configuration would keep.
std::string keptOf(Owners& owners, const config::Config& config, const std::string& account,
                   const Catalogue& words) {
  const auto since = owners.events().query().storedSince(account);
  const auto keep = words.duration(config.eventStream.keep);
  if (!since) return words.text("cli.trace.failed", {{"error", notify::errorWords(words, since.error())}});
  if (!*since) return words.text("cli.trace.kept_none", {{"account", account}});
  return words.text("cli.trace.kept",
                    {{"account", account}, {"keep", keep}, {"since", config.zone.zonedText(**since)}});
}

std::string eventWords(const Catalogue& words, std::string_view event) {
  return words.text(fmt::format("cli.event.{}", event));
}

// Events of the same mail that were left out because of their kind.
std::string otherKinds(const FoundEvents& found, const EventFilter& filter, const Catalogue& words) {
  std::string kinds;
  for (const auto& [kind, n] : found.otherKinds)
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", n, eventWords(words, stream::name(kind)));
  return words.text("cli.trace.other_kinds", {{"event", eventWords(words, filter.event)}, {"kinds", kinds}});
}

std::vector<std::string> notSearched(Owners& owners, const config::Config& config, const EventFilter& filter,
                                     const Catalogue& words, const Result<FoundEvents>& found) {
  std::vector<std::string> notes, without, kept;
  if (found && !found->otherKinds.empty()) notes.push_back(otherKinds(*found, filter, words));
  bool anyStream = false;
  std::int64_t malformed = 0;
  const auto now = owners.clock().now();
  for (const auto& account : config.accounts) {
    if (!isAsked(filter, account)) continue;
    if (!account.events)
      without.push_back(account.name);
    else
      malformed += owners.events().status().malformed(account.name, std::chrono::hours(24), now);
    if (account.events) kept.push_back(keptOf(owners, config, account.name, words));
    anyStream = anyStream || account.events.has_value();
  }
  if (!anyStream)
    notes.push_back(words.text(isAddress(filter) ? "cli.trace.no_stream" : "cli.trace.no_stream.nothing"));
  notes.insert(notes.end(), kept.begin(), kept.end());
  if (anyStream && !without.empty())
    notes.push_back(words.text("cli.trace.accounts_without", {{"accounts", joined(without)}}));
  if (!found || !found->complete) notes.push_back(words.text("cli.trace.incomplete"));
  if (malformed > 0)
    notes.push_back(words.text("cli.trace.malformed", {{"n", words.number(static_cast<double>(malformed))}}));
  if (!isAddress(filter))
    notes.push_back(words.text("cli.trace.lists_by_address"));
  else if (const auto unread = unreadLists(owners, config, filter, words); !unread.empty())
    notes.push_back(words.text("cli.trace.lists_unread", {{"lists", joined(unread)}}));
  return notes;
}

// Of an event or an entry whose reply says that its address is gone.
struct Dead {
  std::string account;
  std::string group;  // of receivers
  std::vector<std::string> categories;
  Instant at{};
};

// Whether such replies came while most of this mail failed, so that they say more about the receiver than
// about the address: see notify/side.hpp.
bool isDoubted(const incidents::Incident& incident, const Dead& one) {
  constexpr Duration kAbout = std::chrono::minutes(10);  // a beginning is estimated
  constexpr double kMost = 0.5;
  const auto& root = incident.root;
  const auto names = [](const std::vector<std::string>& all, const std::string& name) {
    return std::ranges::find(all, name) != all.end();
  };
  const bool isIts =
      (root.receivers.empty() || names(root.receivers, one.group)) &&
      (root.categories.empty() || std::ranges::any_of(one.categories, [&](const std::string& category) {
         return names(root.categories, category);
       }));
  const auto end = incident.goodSince ? incident.goodSince : incident.endedAt;
  return incident.account == one.account && root.family == incidents::Family::shares && isIts &&
         incident.state != incidents::State::merged && incident.worst.share() >= kMost &&
         one.at >= incident.began - kAbout && (!end || one.at <= *end + kAbout);
}

std::string doubtOf(const std::optional<causes::Cause>& cause, const Dead& one, const Owners& owners,
                    const config::Config& config, const Catalogue& words) {
  if (!cause || cause->verdict != causes::Verdict::dead) return {};
  for (const auto& incident : owners.incidents().followed().incidents)
    if (isDoubted(incident, one))
      return words.text(
          "cli.trace.doubt",
          {{"number", std::to_string(incident.number)},
           {"where",
            notify::IncidentWords(config.zone, owners.clock().now(), words.language()).where(incident)},
           {"cause", std::string(causes::shortName(*cause, words.language()))}});
  return {};
}

std::vector<std::string> doubtsOf(const FoundEvents& found, const Owners& owners,
                                  const config::Config& config, const Catalogue& words) {
  std::vector<std::string> doubts;
  for (const auto& event : found.rows)
    doubts.push_back(doubtOf(event.cause, {event.account, event.domainGroup, event.categories, event.at},
                             owners, config, words));
  return doubts;
}

}  // namespace

Result<std::string> groupNamed(const Owners& owners, const std::string& spelling, Language language) {
  auto named = groupNamed(owners.events().aggregator().groups(), spelling, Catalogue::of(language));
  if (!named || named->find('.') == std::string::npos) return named;
  return owners.lists().facets().receiversOf(*named);
}

Result<std::string> traceJson(Owners& owners, const config::Config& config, const EventFilter& asked,
                              Language language) {
  const auto& words = Catalogue::of(language);
  auto filter = asked;
  const bool known =
      filter.account.empty() ||
      std::ranges::find(config.accounts, filter.account, &config::Account::name) != config.accounts.end();
  if (!known) return unknownAccount(config, filter.account, words);
  if (!asked.group.empty()) {
    auto group = groupNamed(owners.events().aggregator().groups(), asked.group, words);
    if (!group) return std::move(group).error();
    filter.group = std::move(*group);
  }
  Traced traced;
  traced.language = language;
  traced.events = owners.events().query().find(filter);
  if (traced.events) traced.doubts = doubtsOf(*traced.events, owners, config, words);
  if (isAddress(filter)) {
    auto entries = owners.lists().find(filter.of, kMaxListed);
    if (!entries) return std::move(entries).error();
    for (auto& entry : *entries) {
      if (!filter.account.empty() && entry.account != filter.account) continue;
      auto cause = owners.causes().explain(entry.list, entry.entry);
      const auto& email = entry.entry.email;
      const Dead dead{entry.account,
                      owners.lists().facets().receiversOf(email.substr(email.rfind('@') + 1)),
                      {},
                      entry.entry.created};
      auto doubt = doubtOf(cause, dead, owners, config, words);
      traced.lists.push_back({std::move(entry), std::move(cause), std::move(doubt)});
    }
  }
  traced.eventStream = std::ranges::any_of(config.accounts, [&](const auto& account) {
    return isAsked(filter, account) && account.events.has_value();
  });
  traced.notSearched = notSearched(owners, config, filter, words, traced.events);
  if (!asked.group.empty() && traced.events && traced.events->rows.empty() &&
      traced.events->otherKinds.empty())
    traced.notSearched.push_back(
        otherGroups(owners.events().aggregator().groups(), asked.group, filter.group, words));
  return tracedJson(filter, traced);
}

}  // namespace arrivald::watch
