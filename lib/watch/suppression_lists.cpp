#include "watch/suppression_lists.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/utf8.hpp"
#include "store/meta_table.hpp"
#include "stream/fingerprint.hpp"
#include "suppression/list_owner.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using suppression::List;

namespace {

// The longest window in which growth is counted, and a little more.
constexpr Duration kGrowthKept = std::chrono::hours(24 * 32);
// An entry that the last crawl ought to have found and that is older than this was not listed since.
constexpr Duration kSeenLate = std::chrono::hours(1);
// As long as RecentCauses remembers them.
constexpr Duration kCausesKept = std::chrono::hours(24);
// "VERSION ID": entries up to this id are explained by this version; "VERSION all": all are.
constexpr std::string_view kExplainedKey = "entries_explained";
constexpr std::string_view kAddressesAloneKey = "lists.addresses_alone";
// "subusers_with_lists ACCOUNT": their names, a line each.
constexpr std::string_view kSubusersKey = "subusers_with_lists ";
constexpr std::size_t kMaxSubuserBytes = 128;
// Of longer lists a crawl does not compare what known entries say.
constexpr std::size_t kCompared = 100'000;
// Some 20 ms of the loop's thread; the next read has the others.
constexpr std::size_t kUpdatedAtOnce = 250;

std::uint64_t fingerprintOf(List list, const suppression::Entry& entry) {
  return suppression::fingerprint(list, entry.email, entry.created, entry.group);
}

// Whether the provider says something else of a known entry. What is missing says nothing.
bool isUpdate(const suppression::Entry& stored, const suppression::Entry& entry) {
  const auto differs = [](const std::string& before, const std::string& after) {
    return !after.empty() && after != before;
  };
  return unixSeconds(stored.created) != unixSeconds(entry.created) || differs(stored.reason, entry.reason) ||
         differs(stored.status, entry.status) || differs(stored.ip, entry.ip);
}

std::uint64_t markOf(List list, const suppression::Entry& entry) {
  const auto said = stream::fingerprintOf({entry.reason, entry.status, entry.ip});
  return fingerprintOf(list, entry) ^ static_cast<std::uint64_t>(said);
}

// Whether the list has another entry of the mailbox.
bool isOfListed(store::SuppressionsTable table, const std::string& account, List list,
                const suppression::Entry& entry) {
  constexpr std::size_t kEnough = 100;
  return std::ranges::any_of(table.find(entry.email, kEnough), [&](const store::StoredEntry& one) {
    return one.account == account && one.list == list && !one.removed && one.entry.created != entry.created;
  });
}

bool isSubuserName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSubuserBytes && isUtf8(name) &&
         oneLine(name, name.size() + 1) == name;
}

}  // namespace

SuppressionLists::SuppressionLists(store::Database& database, const Clock& clock, metrics::Registry& registry,
                                   RecentCauses& causes)
    : database_(database),
      clock_(clock),
      registry_(registry),
      causes_(causes),
      facets_(causes),
      news_(database) {}

void SuppressionLists::renewFingerprints() {
  const auto renewed = database_.transact([&] {
    store::MetaTable meta(database_);
    if (meta.get(kAddressesAloneKey)) return;
    table().renewFingerprints();
    meta.put(kAddressesAloneKey, "1");
  });
  if (!renewed)
    log::warning("the entries that are stored cannot be looked through: " + renewed.error().text, {});
}

void SuppressionLists::retain(const config::Config& configuration) {
  facets_.retain(configuration);
  readSubusers(configuration);
  std::set<std::string> wanted;
  for (const auto& account : configuration.accounts) {
    if (!account.suppressions) continue;
    for (auto& owner : ownersOf(account)) wanted.insert(std::move(owner));
  }
  const auto isNotRead = [&](const auto& entry) { return !wanted.contains(entry.first.first); };
  std::erase_if(indexes_, isNotRead);
  std::erase_if(failures_, isNotRead);
  exportTotals(std::move(wanted));
}

void SuppressionLists::readSubusers(const config::Config& configuration) {
  subusers_.clear();
  store::MetaTable meta(database_);
  for (const auto& account : configuration.accounts) {
    if (!account.suppressions || !account.subusers.any()) continue;
    std::string lines;
    const auto read =
        database_.read([&] { lines = meta.get(std::string(kSubusersKey) + account.name).value_or(""); });
    if (!read)
      log::error("the subusers whose lists are read cannot be read back: " + read.error().text,
                 {{"account", account.name}});
    auto& names = subusers_[account.name];
    for (std::size_t begin = 0; begin < lines.size();) {
      const auto end = std::min(lines.find('\n', begin), lines.size());
      names.push_back(lines.substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

std::vector<std::string> SuppressionLists::ownersOf(const config::Account& account) const {
  std::vector<std::string> owners{account.name};
  const auto found = subusers_.find(account.name);
  if (found == subusers_.end()) return owners;
  for (const auto& subuser : found->second) owners.push_back(suppression::ownerName(account.name, subuser));
  return owners;
}

Done SuppressionLists::putSubusers(const std::string& account, std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !isSubuserName(name); });
  std::ranges::sort(names);
  auto& known = subusers_[account];
  if (names == known) return done();
  std::string lines;
  for (const auto& name : names) lines += name + "\n";
  const auto stored = database_.transact(
      [&] { store::MetaTable(database_).put(std::string(kSubusersKey) + account, lines); });
  if (!stored) return stored;
  known = std::move(names);
  auto wanted = exported_;
  std::erase_if(wanted, [&](const std::string& owner) {
    return suppression::accountOf(owner) == account && !suppression::subuserOf(owner).empty();
  });
  for (const auto& subuser : known) wanted.insert(suppression::ownerName(account, subuser));
  exportTotals(std::move(wanted));
  return stored;
}

// Counters of accounts that are not configured are not exported; if an account is configured again, they
// continue.
void SuppressionLists::exportTotals(std::set<std::string> wanted) {
  for (const auto& account : wanted)
    if (!exported_.contains(account))
      for (const auto list : suppression::kLists) {
        const auto known = progress(account, list);
        registry_.listChanged(account, name(list), known.added, known.removed);
        exportStored(account, list, known);
      }
  exported_ = std::move(wanted);
}

// What the process before this one knew of the list, and until when: a crawl may be a day away.
void SuppressionLists::exportStored(const std::string& account, List list, const store::ListProgress& known) {
  if (!known.crawled) return;
  std::int64_t entries = 0;
  if (!database_.read([&] { entries = table().size(account, list); })) return;
  registry_.listSize(account, name(list), entries);
  registry_.listRead(account, name(list), known.readTo.value_or(*known.crawled));
  exportCauses(account, list);
}

void SuppressionLists::exportCauses(const std::string& account, List list) {
  if (suppression::isWish(list)) return;
  std::map<causes::Class, std::int64_t> counts;
  if (!database_.read([&] { counts = table().causesOf(account, list); })) return;
  // Of subusers there may be many: they have no series of causes that they have no entries of.
  const bool isSubuser = !suppression::subuserOf(account).empty();
  for (const auto cause : causes::kClasses)
    registry_.listCauseSize(account, name(list), causes::name(cause),
                            isSubuser && counts[cause] == 0 ? std::nullopt : std::optional(counts[cause]));
}

void SuppressionLists::storeReopened() {
  indexes_.clear();
  news_.forget();
}

void SuppressionLists::storeShift(Duration step) {
  news_.forget();
  for (auto& [key, known] : indexes_) known.shift(step);
  table().shift(step, clock_.now() - std::max(step, Duration{}) - kGrowthKept);
}

suppression::Index& SuppressionLists::index(const std::string& account, List list) const {
  const auto [found, isNew] = indexes_.try_emplace({account, list});
  if (isNew) {
    std::vector<std::uint64_t> known;
    const auto read = database_.read([&] { known = table().fingerprints(account, list); });
    if (read)
      found->second.restore(std::move(known));
    else
      log::error("the entries of a list cannot be read back: " + read.error().text, {{"account", account}});
  }
  return found->second;
}

Done SuppressionLists::add(const std::string& account, List list, std::vector<suppression::Entry>& page) {
  return addNew(account, list, page);
}

Done SuppressionLists::addCrawled(const std::string& account, List list,
                                  std::vector<suppression::Entry>& page) {
  return addNew(account, list, page);
}

Done SuppressionLists::addNew(const std::string& account, List list, std::vector<suppression::Entry>& page) {
  const auto now = clock_.now();
  auto& known = index(account, list);
  const auto progress = this->progress(account, list);
  std::vector<suppression::Entry> old, met;
  const bool isBaseline = !progress.countedFrom;
  if (isBaseline)
    known.add(list, page, met);
  else
    known.add(
        list, page, now, old, met,
        known.size() <= kCompared ? suppression::Index::Known::compared : suppression::Index::Known::dropped);
  const auto updates = compare(account, list, std::move(met), page, isBaseline ? nullptr : &old);
  if (!updates) {
    indexes_.erase({account, list});
    return updates.error();
  }
  if (const auto updated = update(account, list, *updates); !updated) return updated;
  if (isBaseline) return keep(account, list, page, store::Arrival::known, now);
  const auto since = progress.crawled.value_or(*progress.countedFrom) - kSeenLate;
  const auto baseline = progress.baseline.value_or(*progress.countedFrom);
  // One that only becomes visible late is news all the same, but not what the first crawl ought to have
  // found.
  const auto isNews = [&](const suppression::Entry& entry) {
    return entry.created > baseline && (entry.created > since || !isOfListed(table(), account, list, entry));
  };
  auto firstOld = page.end();
  const auto looked =
      database_.read([&] { firstOld = std::stable_partition(page.begin(), page.end(), isNews); });
  if (!looked) {
    indexes_.erase({account, list});
    return looked;
  }
  const auto news = static_cast<std::size_t>(firstOld - page.begin());
  page.insert(page.end(), std::move_iterator(old.begin()), std::move_iterator(old.end()));
  const std::span<const suppression::Entry> all(page);
  if (const auto kept = keep(account, list, all.first(news), store::Arrival::news, now); !kept) return kept;
  return keep(account, list, all.subspan(news), store::Arrival::known, *progress.countedFrom);
}

// Which entries of known mailboxes are known ones that say something else now; the others are new. `old`
// null: the list was never read to its end, and all that comes is taken as it is.
Result<std::vector<SuppressionLists::Update>> SuppressionLists::compare(
    const std::string& account, List list, std::vector<suppression::Entry> met,
    std::vector<suppression::Entry>& page, std::vector<suppression::Entry>* old) {
  const auto now = clock_.now();
  auto& known = index(account, list);
  std::vector<Update> updates;
  const auto take = [&](suppression::Entry& entry) {
    const auto print = fingerprintOf(list, entry);
    const auto stored = table().listed(account, list, entry);
    if (stored) {
      known.sawAgain(fingerprintOf(list, stored->entry));
      const bool isWanted = updates.size() < kUpdatedAtOnce && suppression::hasTime(entry, now) &&
                            isUpdate(stored->entry, entry);
      if (isWanted && (old == nullptr || known.isConfirmed(markOf(list, entry), now)))
        updates.push_back({*stored, std::move(entry)});
      return;
    }
    const bool isDouble = std::ranges::any_of(page, [&](const suppression::Entry& other) {
      return other.group == entry.group && suppression::isSameAddress(other.email, entry.email);
    });
    if (known.contains(print) || isDouble) return;
    using Admission = suppression::Index::Admission;
    const auto admission = old == nullptr ? Admission::news : known.judge(list, entry, now);
    if (admission == Admission::waits) return;
    known.admit(print);
    (admission == Admission::news ? page : *old).push_back(std::move(entry));
  };
  const auto read = database_.read([&] { std::ranges::for_each(met, take); });
  if (!read) return read.error();
  return updates;
}

Done SuppressionLists::update(const std::string& account, List list, std::span<const Update> updates) {
  if (updates.empty()) return done();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> replaced;
  const auto stored = database_.transact([&] {
    replaced.clear();
    for (const auto& [before, entry] : updates) {
      auto after = before.entry;
      after.created = entry.created;
      if (!entry.reason.empty()) after.reason = entry.reason;
      if (!entry.status.empty()) after.status = entry.status;
      if (table().update(before, entry, facets_.of(list, after)))
        replaced.emplace_back(fingerprintOf(list, before.entry), fingerprintOf(list, after));
    }
  });
  if (!stored) {
    indexes_.erase({account, list});
    return stored;
  }
  auto& known = index(account, list);
  for (const auto& [before, after] : replaced)
    if (before != after) known.replace(before, after);
  return stored;
}

Done SuppressionLists::keep(const std::string& account, List list, std::span<const suppression::Entry> added,
                            store::Arrival arrival, Instant seen) {
  if (added.empty()) return done();
  const auto now = clock_.now();
  std::vector<store::EntryFacets> facets;
  facets.reserve(added.size());
  for (const auto& entry : added) facets.push_back(facets_.of(list, entry));
  std::int64_t counted = 0;
  const auto stored = database_.transact([&] {
    const auto back = table().add(account, list, added, facets, seen, arrival);
    // The removal of what is back was counted.
    counted = static_cast<std::int64_t>(arrival == store::Arrival::news ? added.size() : back);
    table().count(account, list, counted, 0);
  });
  if (!stored) {
    indexes_.erase({account, list});
    return stored;
  }
  const bool isNews = arrival == store::Arrival::news;
  if (isNews) news_.added(account, now);
  registry_.listChanged(account, name(list), counted, 0);
  for (std::size_t i = 0; i < added.size(); ++i) {
    // Of what a first crawl finds, most is of no use here, and an explanation takes longer than all else.
    if (!isNews && added[i].created < now - kCausesKept) continue;
    if (const auto cause = causes_.note(account, list, added[i], now, facets[i].receivers); cause && isNews)
      registry_.listCause(account, name(list), causes::name(cause->causeClass));
  }
  registry_.listSize(account, name(list), static_cast<std::int64_t>(size(account, list)));
  return stored;
}

Result<bool> SuppressionLists::explainAnew(std::size_t max) {
  store::MetaTable meta(database_);
  const auto& version = facets_.version();
  std::string explained;
  if (const auto read = database_.read([&] { explained = meta.get(kExplainedKey).value_or(""); }); !read)
    return read.error();
  if (explained == version + " all") return false;
  std::int64_t done = 0;
  if (explained.starts_with(version + " "))
    std::from_chars(explained.data() + version.size() + 1, explained.data() + explained.size(), done);
  bool left = false;
  const auto stored = database_.transact([&] {
    store::EntriesTable narrow(database_);
    const auto entries = table().following(static_cast<suppression::EntryId>(done), max);
    for (const auto& one : entries) narrow.update(one.id, one.entry.created, facets_.of(one.list, one.entry));
    left = entries.size() == max;
    const auto upTo = left ? std::to_string(static_cast<std::int64_t>(entries.back().id)) : "all";
    meta.put(kExplainedKey, version + " " + upTo);
  });
  if (!stored) return stored.error();
  return left;
}

Result<bool> SuppressionLists::prune(Instant removedUntil, std::size_t max) {
  const auto now = clock_.now();
  const std::vector<std::string> read(exported_.begin(), exported_.end());
  std::size_t pruned = 0;
  const auto stored = database_.transact([&] {
    table().noteRead(read, now);
    table().pruneNews(now - kGrowthKept);
    pruned = table().pruneUnread(now - kUnreadKept, max) + table().pruneRemoved(removedUntil, max);
  });
  if (!stored) return stored.error();
  return pruned > 0;
}

Done SuppressionLists::readUpTo(const std::string& account, List list, Instant readTo) {
  const auto stored = database_.transact([&] {
    auto progress = table().progress(account, list);
    progress.readTo = readTo;
    table().putProgress(account, list, progress);
  });
  if (!stored) return stored;
  registry_.listRead(account, name(list), readTo);
  exportCauses(account, list);
  const auto failure = failures_.find({account, list});
  if (failure != failures_.end() && failure->second.of == ReadFailure::Of::latest) failures_.erase(failure);
  return stored;
}

void SuppressionLists::readFailed(const std::string& account, List list, ReadFailure failure) {
  // Of a list that no crawl can read, a failed read of the latest entries says less.
  const auto known = failures_.find({account, list});
  const bool isLess = known != failures_.end() && known->second.of == ReadFailure::Of::crawl &&
                      failure.of == ReadFailure::Of::latest;
  if (!isLess) failures_.insert_or_assign({account, list}, std::move(failure));
}

const SuppressionLists::ReadFailure* SuppressionLists::readFailure(const std::string& account,
                                                                   List list) const {
  const auto found = failures_.find({account, list});
  return found == failures_.end() ? nullptr : &found->second;
}

Done SuppressionLists::putGroups(const std::string& account,
                                 const std::map<std::int64_t, std::string>& names) {
  return database_.transact([&] { table().putGroups(account, names); });
}

bool SuppressionLists::beginCrawl(const std::string& account, List list) {
  auto& known = index(account, list);
  if (known.crawling()) return false;
  known.beginCrawl();
  return true;
}

bool SuppressionLists::wantsConfirmation(const std::string& account, List list) {
  const auto now = clock_.now();
  const auto& known = index(account, list);
  if (known.crawling()) return false;
  if (known.mayDecide(now)) return true;
  return list == List::groupUnsubscribes && held(account, list) > 0 &&
         progress(account, list).crawled.value_or(now) <= now - suppression::Index::kFallDoubtedFor;
}

Done SuppressionLists::finishCrawl(const std::string& account, List list, Instant crawledTo, Missing missing,
                                   std::size_t unreadable) {
  auto removed = endCrawl(account, list, crawledTo, missing, unreadable);
  if (const auto stored = removeSome(account, list, removed, removed.size()); !stored) return stored;
  return noteCrawled(account, list, crawledTo);
}

std::vector<std::uint64_t> SuppressionLists::endCrawl(const std::string& account, List list,
                                                      Instant crawledTo, Missing missing,
                                                      std::size_t unreadable) {
  if (missing == Missing::kept) {
    index(account, list).abandonCrawl();
    return {};
  }
  // By the time at which it began: what it did not find it may have asked for right then.
  using Of = suppression::Index::Missed;
  return index(account, list)
      .finishCrawl(crawledTo, unreadable, missing == Missing::removed ? Of::removed : Of::doubted);
}

Result<SuppressionLists::Missed> SuppressionLists::missed(const std::string& account, List list,
                                                          Instant crawledTo, std::size_t unreadable,
                                                          std::size_t max) {
  const auto& known = index(account, list);
  const auto prints = known.missed(crawledTo, unreadable);
  Missed missed{prints.size(), {}, known.contradicts()};
  const auto count = std::min(max, prints.size());
  // Fingerprints are distributed uniformly: those at equal distances are a sample.
  const auto read = database_.read([&] {
    for (std::size_t i = 0; i < count; ++i)
      if (auto one = table().entryOf(account, list, prints[i * prints.size() / count]))
        missed.asked.push_back(std::move(*one));
  });
  if (!read) return read.error();
  return missed;
}

void SuppressionLists::isListed(const std::string& account, List list, const suppression::Entry& entry) {
  index(account, list).sawAgain(fingerprintOf(list, entry));
}

Done SuppressionLists::removeSome(const std::string& account, List list, std::vector<std::uint64_t>& removed,
                                  std::size_t max) {
  if (removed.empty()) return done();
  const auto begin = removed.size() - std::min(max, removed.size());
  std::vector<std::uint64_t> some(removed.begin() + static_cast<std::ptrdiff_t>(begin), removed.end());
  removed.resize(begin);
  // What was listed anew meanwhile is not removed.
  const auto& known = index(account, list);
  std::erase_if(some, [&](std::uint64_t print) { return known.contains(print); });
  std::map<causes::Class, std::int64_t> byCause;
  const auto count = static_cast<std::int64_t>(some.size());
  const auto stored = database_.transact([&] {
    byCause = table().remove(account, list, some, clock_.now());
    table().count(account, list, 0, count);
  });
  if (!stored) {
    indexes_.erase({account, list});
    return stored;
  }
  registry_.listChanged(account, name(list), 0, count);
  if (!suppression::isWish(list))
    for (const auto& [cause, entries] : byCause)
      registry_.listCauseRemoved(account, name(list), causes::name(cause), entries);
  return stored;
}

Done SuppressionLists::noteCrawled(const std::string& account, List list, Instant crawledTo) {
  const auto stored = database_.transact([&] {
    auto progress = table().progress(account, list);
    progress.crawled = crawledTo;
    if (!progress.readTo) progress.readTo = crawledTo;
    if (!progress.countedFrom) {
      progress.countedFrom = clock_.now();
      progress.baseline = crawledTo;
    }
    table().putProgress(account, list, progress);
  });
  if (!stored) {
    indexes_.erase({account, list});
    return stored;
  }
  failures_.erase({account, list});
  registry_.listRead(account, name(list), progress(account, list).readTo.value_or(crawledTo));
  news_.foundOlder(account);
  exportCauses(account, list);
  registry_.listSize(account, name(list), static_cast<std::int64_t>(size(account, list)));
  return stored;
}

void SuppressionLists::abandonCrawl(const std::string& account, List list) {
  index(account, list).abandonCrawl();
}

std::size_t SuppressionLists::suspects(const std::string& account, List list) {
  return index(account, list).suspects();
}

std::size_t SuppressionLists::held(const std::string& account, List list) {
  return index(account, list).held();
}

store::ListProgress SuppressionLists::progress(const std::string& account, List list) const {
  store::ListProgress progress;
  const auto read = database_.read([&] { progress = table().progress(account, list); });
  if (!read)
    log::error("how far a list was read cannot be read back: " + read.error().text, {{"account", account}});
  return progress;
}

std::size_t SuppressionLists::size(const std::string& account, List list) const {
  if (const auto loaded = indexes_.find({account, list}); loaded != indexes_.end())
    return loaded->second.size();
  std::int64_t entries = 0;
  static_cast<void>(database_.read([&] { entries = table().size(account, list); }));
  return static_cast<std::size_t>(entries);
}

Result<std::vector<store::StoredEntry>> SuppressionLists::find(const std::string& mailbox,
                                                               std::size_t max) const {
  std::vector<store::StoredEntry> found;
  const auto read = database_.read([&] { found = table().find(mailbox, max); });
  if (!read) return read.error();
  return found;
}

std::optional<std::int64_t> SuppressionLists::listGrowth(std::string_view account, std::string_view listName,
                                                         Duration window, Instant end) const {
  const auto list = suppression::listNamed(listName);
  if (!list) return std::nullopt;
  const auto known = progress(std::string(account), *list);
  if (!known.countedFrom || *known.countedFrom > end - window) return std::nullopt;
  std::int64_t grown = 0;
  const auto read =
      database_.read([&] { grown = table().firstSeenWithin(account, *list, end - window, end); });
  if (!read) return std::nullopt;
  return grown;
}

namespace {

bool isCounted(const delivery::Subject& subject) {
  return subject.dimension == delivery::Dimension::account ||
         subject.dimension == delivery::Dimension::domainGroup;
}

}  // namespace

bool SuppressionLists::hasReplies(const std::string& account) const {
  return std::ranges::any_of(suppression::kLists, [&](List list) {
    return !suppression::isWish(list) && progress(account, list).countedFrom.has_value();
  });
}

std::optional<std::int64_t> SuppressionLists::listedCauses(const delivery::Subject& subject,
                                                           const std::vector<std::string>& causes,
                                                           Duration window, Instant end) const {
  if (!isCounted(subject) || !hasReplies(subject.account)) return std::nullopt;
  const auto* news = news_.of(subject.account, window, end);
  if (!news) return std::nullopt;
  std::int64_t entries = 0;
  for (const auto& row : *news)
    if (!suppression::isWish(row.list) && (subject.name.empty() || row.receivers == subject.name) &&
        std::ranges::find(causes, causes::name(row.causeClass)) != causes.end())
      entries += row.entries;
  return entries;
}

std::optional<double> SuppressionLists::usuallyListed(const delivery::Subject& subject,
                                                      const std::vector<std::string>& causes, Duration window,
                                                      Instant end) const {
  if (!isCounted(subject) || !hasReplies(subject.account)) return std::nullopt;
  const auto before = facets_.zone().dateOf(end - window);
  const auto* days = news_.daysBefore(subject.account, before);
  if (days == nullptr) return std::nullopt;
  std::map<Date, std::int64_t> replies;
  for (const auto& row : *days)
    if ((subject.name.empty() || row.receivers == subject.name) &&
        std::ranges::find(causes, causes::name(row.causeClass)) != causes.end())
      replies[row.day] += row.entries;
  // What only three days brought is no reason to expect as much.
  constexpr std::size_t kFloods = 3;
  std::vector<std::int64_t> most;
  for (const auto& [day, entries] : replies) most.push_back(entries);
  std::ranges::sort(most, std::greater<>());
  const auto cap = most.size() > kFloods ? most[kFloods] : 1;
  double sum = 0;
  for (const auto entries : most) sum += static_cast<double>(std::min(entries, cap));
  return sum / ListNews::kUsualDays *
         (static_cast<double>(window.count()) /
          static_cast<double>(Duration(std::chrono::hours(24)).count()));
}

std::optional<rules::ListFacts::ListedBlocks> SuppressionLists::listedBlocks(const delivery::Subject& subject,
                                                                             Duration window,
                                                                             Instant end) const {
  if (!isCounted(subject) || !progress(subject.account, List::blocks).countedFrom) return std::nullopt;
  const auto* news = news_.of(subject.account, window, end);
  if (!news) return std::nullopt;
  ListedBlocks blocks;
  for (const auto& row : *news)
    if (row.list == List::blocks && (subject.name.empty() || row.receivers == subject.name))
      blocks.lately += row.entries;
  // Also without a new entry: the event stream knows a block before the list is read.
  const auto before = news_.before(subject.account, List::blocks, subject.name, window, end);
  if (!before) return std::nullopt;
  blocks.before = *before;
  return blocks;
}

std::vector<delivery::Subject> SuppressionLists::listedGroups(std::string_view account, Duration window,
                                                              Instant end) const {
  std::set<std::string> groups;
  if (const auto* news = news_.of(account, window, end))
    for (const auto& row : *news) groups.insert(row.receivers);
  std::vector<delivery::Subject> subjects;
  for (const auto& group : groups)
    if (group != "other") subjects.push_back({std::string(account), delivery::Dimension::domainGroup, group});
  return subjects;
}

}  // namespace arrivald::watch
