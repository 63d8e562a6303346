#include "watch/earlier_mail.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace arrivald::watch {
namespace {

// Replies of this window are what an alert is about.
constexpr Duration kLately = std::chrono::hours(1);
// Others are compared by mail of an hour before: mail of one mailing, sent twice, tells nothing of them.
constexpr Duration kWellBefore = std::chrono::hours(1);
// A refused address exists if it took any mail before.
constexpr Duration kJustBefore = std::chrono::seconds(1);
constexpr std::size_t kRefused = 100, kOthersOfCell = 30;
// Of which the search keys are scanned, and of which the records are read.
constexpr std::int64_t kMaxScanned = 1'000'000, kMaxRead = 100'000;

/// By fingerprint of the address: mail to it counts as earlier up to this time.
using Until = std::map<std::uint64_t, Instant>;

using Cell = RecentCauses::Cell;

/// Mail of the cells that was delivered last, while the trouble lasts or before it.
std::map<Cell, Until> reachedLast(const Owners& owners, const std::string& account,
                                  const std::set<Cell>& cells) {
  const auto& known = owners.events().aggregator().groups();
  std::map<Cell, Until> reached;
  std::size_t full = 0;
  std::int64_t left = kMaxRead;
  store::EventsTable::Asked asked;
  asked.account = account;
  asked.maxEvents = kMaxRead;
  owners.events().stored().table().find(asked, [&](const store::EventBatchRow& batch) {
    stream::RecordReader reader(batch.records);
    for (stream::Record record; reader.next(record);) {
      if (record.kind != stream::EventKind::delivered || record.emailKey == 0) continue;
      const Cell cell{std::string(known.name(known.peek(record.domain))),
                      std::string(stream::firstCategory(record.categories))};
      if (!cells.contains(cell)) continue;
      auto& addresses = reached[cell];
      if (addresses.size() >= kOthersOfCell) continue;
      addresses.try_emplace(record.emailKey, record.at - kWellBefore);
      if (addresses.size() == kOthersOfCell) ++full;
    }
    left -= batch.events;
    return left > 0 && full < cells.size();
  });
  return reached;
}

// Those of the addresses that took mail before their times.
std::set<std::uint64_t> tookMail(const store::EventsTable& table, const std::string& account,
                                 const Until& addresses) {
  std::set<std::uint64_t> took;
  store::EventsTable::Asked asked;
  asked.account = account;
  asked.maxEvents = kMaxScanned;
  Instant latest{};
  for (const auto& [address, until] : addresses) {
    asked.addresses.push_back(static_cast<std::uint32_t>(address));
    latest = std::max(latest, until);
  }
  std::ranges::sort(asked.addresses);
  asked.to = latest;
  std::int64_t left = kMaxRead;
  table.find(asked, [&](const store::EventBatchRow& batch) {
    stream::RecordReader reader(batch.records);
    for (stream::Record record; reader.next(record);) {
      if (record.kind != stream::EventKind::delivered) continue;
      const auto address = addresses.find(record.emailKey);
      if (address != addresses.end() && record.at <= address->second) took.insert(record.emailKey);
    }
    left -= batch.events;
    return left > 0 && took.size() < addresses.size();
  });
  return took;
}

}  // namespace

void lookUpEarlierMail(Owners& owners, const std::string& account) {
  const auto now = owners.clock().now();
  const auto refused = owners.causes().notLookedUp(account, kLately, kRefused, now);
  if (refused.empty()) return;
  std::set<Cell> cells;
  for (const auto& one : refused) cells.insert(one.cell);
  std::map<std::uint64_t, bool> answers;
  RecentCauses::Others others;
  Duration within{};
  const auto read = owners.database().read([&] {
    const auto& table = owners.events().stored().table();
    within = now - table.oldestReceived(account).value_or(now);
    auto reached = reachedLast(owners, account, cells);
    Until all;
    for (auto& [cell, addresses] : reached) {
      // Who is refused now is not compared with himself.
      for (const auto& one : refused) addresses.erase(one.address);
      all.insert(addresses.begin(), addresses.end());
    }
    for (const auto& one : refused) all.emplace(one.address, one.at - kJustBefore);
    const auto took = tookMail(table, account, all);
    for (const auto& one : refused) answers.emplace(one.address, took.contains(one.address));
    for (const auto& [cell, addresses] : reached)
      for (const auto& [address, until] : addresses) {
        ++others[cell].looked;
        if (took.contains(address)) ++others[cell].accepted;
      }
  });
  if (read) owners.causes().lookedUp(account, answers, others, within);
}

}  // namespace arrivald::watch
