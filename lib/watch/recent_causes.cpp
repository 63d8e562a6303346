#include "watch/recent_causes.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/hide.hpp"
#include "base/lower.hpp"
#include "base/utf8.hpp"
#include "causes/provider.hpp"
#include "notify/side.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxSeen = 5000;
constexpr std::size_t kMaxCells = 500;
constexpr Duration kRemembered = std::chrono::hours(24);
constexpr std::size_t kSampleBytes = 200;
constexpr std::size_t kSamples = 3;
constexpr std::size_t kDomainBytes = 253;  // that a name in the DNS has at most

std::string domainIn(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : lower(address.substr(at + 1, kDomainBytes));
}

// The provider's statistics call some receivers otherwise than we do.
std::string ourName(std::string_view mailboxProvider) {
  const auto known = causes::builtInProviders().of(mailboxProvider);
  return known.empty() ? lower(mailboxProvider) : std::string(known);
}

/// The entry with the highest count; not of an empty map.
template <class Key>
const std::pair<const Key, std::size_t>& mostOf(const std::map<Key, std::size_t>& counts) {
  return *std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// "550 5.7.26": the basic code with which a reply begins, and the enhanced one.
std::string codeOf(std::string_view reply, std::string_view status) {
  std::string code;
  if (reply.size() >= 3 && (reply[0] == '4' || reply[0] == '5') && isDigit(reply[1]) && isDigit(reply[2]) &&
      (reply.size() == 3 || !isDigit(reply[3])))
    code = reply.substr(0, 3);
  std::string_view enhanced = status;
  // The receiver has written what stands in the reply itself; the status may be the provider's guess.
  if (code.size() == 3 && reply.size() > 4) {
    auto rest = reply.substr(4);
    while (rest.starts_with('#')) rest.remove_prefix(1);
    const auto end = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const auto candidate = rest.substr(0, end);
    if (std::count(candidate.begin(), candidate.end(), '.') == 2 && candidate.size() <= 9 &&
        isDigit(candidate.back()))
      enhanced = candidate;
  }
  if (!enhanced.empty() && enhanced.size() <= 9 &&
      enhanced.find_first_not_of("0123456789.") == std::string_view::npos)
    code += (code.empty() ? "" : " ") + std::string(enhanced);
  return code;
}

}  // namespace

RecentCauses::Fate RecentCauses::fateOf(stream::EventKind kind) {
  if (kind == stream::EventKind::deferred) return Fate::deferred;
  if (kind == stream::EventKind::dropped) return Fate::dropped;
  return kind == stream::EventKind::blocked ? Fate::blocked : Fate::bounced;
}

bool RecentCauses::isOf(Replies replies, Fate fate) {
  switch (replies) {
    case Replies::failed:
      return fate == Fate::bounced || fate == Fate::blocked;
    case Replies::bounced:
      return fate == Fate::bounced;
    case Replies::blocked:
      return fate == Fate::blocked;
    case Replies::deferred:
      return fate == Fate::deferred;
    case Replies::dropped:
      return fate == Fate::dropped;
    case Replies::answered:
      return fate != Fate::dropped;
  }
  return false;
}

bool RecentCauses::fits(const Seen& seen, const Wanted& wanted, Instant now) {
  return isOf(wanted.replies, seen.fate) && seen.created > now - wanted.window &&
         (wanted.classes.empty() ||
          std::ranges::find(wanted.classes, causes::name(seen.causeClass)) != wanted.classes.end());
}

RecentCauses::RecentCauses() : explainer_(causes::Explainer::make().value()) {}

void RecentCauses::retain(const config::Config& configuration) {
  const auto& own = configuration.causes.rules;
  if (own == own_) return;
  auto made = causes::Explainer::make(own);
  if (!made) return log::error("causes.rules are not used: " + made.error().text);
  explainer_ = std::move(made).value();
  own_ = own;
}

void RecentCauses::shift(Duration step) {
  for (auto* all : {&seen_, &streamed_})
    for (auto& seen : *all) seen.created += step;
}

std::optional<causes::Cause> RecentCauses::explain(suppression::List list,
                                                   const suppression::Entry& entry) const {
  if (suppression::isWish(list)) return std::nullopt;
  causes::Reply reply;
  reply.text = entry.reason;
  reply.status = entry.status;
  reply.recipient = entry.email;
  if (const auto at = entry.email.rfind('@'); at != std::string::npos)
    reply.recipientDomain = std::string_view(entry.email).substr(at + 1);
  reply.at = entry.created;
  reply.outcome = causes::outcomeNamed("", suppression::name(list));
  return explainer_.explain(reply);
}

causes::Cause RecentCauses::causeOf(suppression::List list, const suppression::Entry& entry) const {
  if (suppression::isWish(list)) return suppression::wishCause(list);
  return explain(list, entry).value_or(causes::Cause{});
}

std::optional<causes::Cause> RecentCauses::note(const std::string& account, suppression::List list,
                                                const suppression::Entry& entry, Instant now,
                                                const std::string& group) {
  auto cause = explain(list, entry);
  if (cause && entry.created > now - kRemembered && entry.created <= now + std::chrono::minutes(5))
    remember(seen_,
             {account,
              entry.created,
              cause->causeClass,
              cause->provider,
              oneLine(withoutAddresses(entry.reason, entry.email), kSampleBytes),
              {group, ""},
              "",
              list == suppression::List::blocks ? Fate::blocked : Fate::bounced,
              cause->textKey,
              cause->verdict,
              {.domain = domainIn(entry.email)}},
             now);
  return cause;
}

// Pages of lists and events come in any order; what is evicted is the oldest.
void RecentCauses::remember(std::deque<Seen>& all, Seen seen, Instant now) {
  const auto at = std::upper_bound(all.begin(), all.end(), seen.created,
                                   [](Instant time, const Seen& other) { return time < other.created; });
  if (all.size() >= kMaxSeen && at == all.begin()) return;
  all.insert(at, std::move(seen));
  while (all.size() > kMaxSeen || (!all.empty() && all.front().created < now - kRemembered)) all.pop_front();
}

causes::Cause RecentCauses::explain(const stream::Record& record) const {
  causes::Reply reply;
  reply.text = record.reason;
  reply.status = record.status;
  reply.recipient = record.email;
  reply.recipientDomain = record.domain;
  reply.at = record.at;
  reply.outcome = causes::outcomeNamed(stream::name(record.kind), "");
  return explainer_.explain(reply);
}

std::optional<causes::Class> RecentCauses::noteEvent(const std::string& account, const std::string& group,
                                                     const stream::Record& record, Instant now) {
  if (record.at <= now - kRemembered) return std::nullopt;
  const auto cause = explain(record);
  remember(streamed_,
           {account,
            std::min(record.at, now),
            cause.causeClass,
            cause.provider,
            oneLine(withoutAddresses(record.reason, record.email), kSampleBytes),
            {group, std::string(stream::firstCategory(record.categories))},
            codeOf(record.reason, record.status),
            fateOf(record.kind),
            cause.textKey,
            cause.verdict,
            {.address = record.emailKey, .domain = std::string(record.domain.substr(0, kDomainBytes))}},
           now);
  return cause.causeClass;
}

RecentCauses::Summary RecentCauses::summarise(const std::deque<Seen>& all,
                                              const std::function<bool(const Seen&)>& fits) const {
  struct Tally {
    std::size_t entries = 0;
    std::map<std::string, std::size_t> texts;
    std::map<causes::Verdict, std::size_t> verdicts;
  };
  std::array<Tally, causes::kClasses.size()> tallies{};
  std::map<std::string, std::size_t> groups;
  Summary summary;
  for (const auto& seen : all) {
    if (!fits(seen)) continue;
    ++summary.entries;
    auto& tally = tallies[static_cast<std::size_t>(seen.causeClass)];
    ++tally.entries;
    ++tally.texts[seen.textKey];
    ++tally.verdicts[seen.verdict];
    ++groups[seen.cell.group];
  }
  for (const auto causeClass : causes::kClasses) {
    const auto& tally = tallies[static_cast<std::size_t>(causeClass)];
    if (tally.entries == 0) continue;
    ClassCount count{causeClass, tally.entries, mostOf(tally.verdicts).first, {}};
    if (const auto& [text, entries] = mostOf(tally.texts); 4 * entries >= 3 * tally.entries)
      count.textKey = text;
    summary.classes.push_back(std::move(count));
  }
  std::stable_sort(summary.classes.begin(), summary.classes.end(),
                   [](const ClassCount& a, const ClassCount& b) { return a.entries > b.entries; });
  if (summary.classes.empty()) return summary;
  if (const auto& [group, entries] = mostOf(groups); 10 * entries >= 7 * summary.entries)
    summary.receiver = group;
  const auto& first = summary.classes.front();
  summary.domains = domainsOf(all, first.causeClass, fits);
  for (auto seen = all.rbegin(); seen != all.rend() && summary.samples.size() < kSamples; ++seen) {
    if (!fits(*seen) || seen->causeClass != first.causeClass || seen->reply.empty()) continue;
    if (std::find(summary.samples.begin(), summary.samples.end(), seen->reply) == summary.samples.end())
      summary.samples.push_back(seen->reply);
  }
  return summary;
}

std::vector<notify::Causes::Domain> RecentCauses::domainsOf(const std::deque<Seen>& all,
                                                            causes::Class causeClass,
                                                            const std::function<bool(const Seen&)>& fits) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto& seen : all)
    if (seen.causeClass == causeClass && !seen.to.domain.empty() && fits(seen)) ++counts[seen.to.domain];
  std::vector<notify::Causes::Domain> domains;
  for (const auto& [name, replies] : counts) domains.push_back({std::string(name), replies});
  std::ranges::stable_sort(domains, std::ranges::greater{}, &notify::Causes::Domain::replies);
  if (domains.size() > notify::Causes::kMaxDomains) domains.resize(notify::Causes::kMaxDomains);
  return domains;
}

RecentCauses::Summary RecentCauses::summary(std::string_view account, std::string_view provider,
                                            const Wanted& wanted, Instant now) const {
  const auto name = ourName(provider);
  return summarise(seen_, [&](const Seen& seen) {
    return seen.account == account && seen.created <= now && fits(seen, wanted, now) &&
           (name.empty() || seen.provider == name || seen.cell.group == provider);
  });
}

RecentCauses::Summary RecentCauses::ofEvents(std::string_view account, std::string_view group,
                                             const Wanted& wanted, Instant now) const {
  const auto isAmong = [](const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::ranges::find(names, name) != names.end();
  };
  const auto isWanted = [&](const Seen& seen) {
    return seen.account == account && fits(seen, wanted, now) &&
           (group.empty() || seen.cell.group == group) && isAmong(wanted.receivers, seen.cell.group) &&
           isAmong(wanted.categories, seen.cell.category);
  };
  auto summary = summarise(streamed_, isWanted);
  summary.earlier = earlierOf(account, isWanted);
  return summary;
}

notify::EarlierMail RecentCauses::earlierOf(std::string_view account,
                                            const std::function<bool(const Seen&)>& fits) const {
  notify::EarlierMail earlier;
  if (const auto within = within_.find(account); within != within_.end()) earlier.within = within->second;
  std::map<Cell, std::int64_t> cells;
  for (const auto& seen : streamed_) {
    if (!seen.to.tookMail || !notify::isAboutSingleAddresses(seen.causeClass) || !fits(seen)) continue;
    ++earlier.refused.looked;
    if (*seen.to.tookMail) ++earlier.refused.accepted;
    ++cells[seen.cell];
  }
  const auto others = others_.find(account);
  if (cells.empty() || others == others_.end()) return earlier;
  const auto main = std::ranges::max_element(cells, {}, [](const auto& one) { return one.second; });
  const auto known = others->second.find(main->first);
  if (main->first.category.empty() || 10 * main->second < 9 * earlier.refused.looked ||
      known == others->second.end())
    return earlier;
  earlier.others = known->second;
  return earlier;
}

std::vector<RecentCauses::Unknown> RecentCauses::notLookedUp(std::string_view account, Duration window,
                                                             std::size_t max, Instant now) const {
  std::vector<Unknown> unknown;
  for (auto seen = streamed_.rbegin(); seen != streamed_.rend() && unknown.size() < max; ++seen) {
    if (seen->created <= now - window) break;
    if (seen->account != account || seen->to.tookMail || seen->to.address == 0 ||
        !notify::isAboutSingleAddresses(seen->causeClass) || !isOf(Replies::failed, seen->fate) ||
        std::ranges::find(unknown, seen->to.address, &Unknown::address) != unknown.end())
      continue;
    unknown.push_back({seen->to.address, seen->created, seen->cell});
  }
  return unknown;
}

void RecentCauses::lookedUp(const std::string& account, const std::map<std::uint64_t, bool>& tookMail,
                            const Others& others, Duration within) {
  within_[account] = within;
  for (auto& seen : streamed_)
    if (const auto found = tookMail.find(seen.to.address); seen.account == account && found != tookMail.end())
      seen.to.tookMail = found->second;
  auto& known = others_[account];
  if (known.size() + others.size() > kMaxCells) known.clear();
  for (const auto& [cell, addresses] : others) known[cell] = addresses;
}

std::int64_t RecentCauses::countOfEvents(std::string_view account, std::string_view group,
                                         const std::vector<std::string>& causes, Duration window,
                                         Instant now) const {
  return std::count_if(streamed_.begin(), streamed_.end(), [&](const Seen& seen) {
    return seen.fate != Fate::dropped && seen.account == account && seen.created > now - window &&
           (group.empty() || seen.cell.group == group) &&
           std::find(causes.begin(), causes.end(), causes::name(seen.causeClass)) != causes.end();
  });
}

std::optional<Instant> RecentCauses::lastOfEvents(std::string_view account, std::string_view group,
                                                  const std::vector<std::string>& causes, Instant now) const {
  for (auto seen = streamed_.rbegin(); seen != streamed_.rend(); ++seen)
    if (seen->fate != Fate::dropped && seen->account == account && seen->created > now - kRemembered &&
        (group.empty() || seen->cell.group == group) &&
        std::ranges::find(causes, causes::name(seen->causeClass)) != causes.end())
      return seen->created;
  return std::nullopt;
}

std::vector<notify::FailedMail> RecentCauses::failedMail(std::string_view account) const {
  std::vector<notify::FailedMail> failed;
  for (const auto& seen : streamed_)
    if (isOf(Replies::failed, seen.fate) && seen.account == account)
      failed.push_back({seen.created, seen.cell.group, seen.code});
  return failed;
}

}  // namespace arrivald::watch
