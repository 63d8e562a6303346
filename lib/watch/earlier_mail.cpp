#include "watch/earlier_mail.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace arrivald::watch {
namespace {

// Replies of this window are what an alert is about.
constexpr Duration kLately = std::chrono::hours(1);
// Mail of the same mailing is not earlier mail.
constexpr Duration kWellBefore = std::chrono::hours(1);
constexpr std::size_t kRefused = 100, kOthers = 50;
// Of which the search keys are scanned, and of which the records are read.
constexpr std::int64_t kMaxScanned = 1'000'000, kMaxRead = 100'000;

/// By fingerprint of the address: mail to it counts as earlier up to this time.
using Until = std::map<std::uint64_t, Instant>;

// Addresses to which the account's mail was delivered lately.
Until reachedLately(const store::EventsTable& table, const std::string& account, Instant now) {
  Until reached;
  store::EventsTable::Asked asked;
  asked.account = account;
  asked.from = now - kLately;
  asked.maxEvents = kMaxRead;
  table.find(asked, [&](const store::EventBatchRow& batch) {
    stream::RecordReader reader(batch.records);
    for (stream::Record record; reached.size() < kOthers && reader.next(record);)
      if (record.kind == stream::EventKind::delivered && record.emailKey != 0)
        reached.try_emplace(record.emailKey, record.at - kWellBefore);
    return reached.size() < kOthers;
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
  const auto& table = owners.events().stored().table();
  std::map<std::uint64_t, bool> answers;
  notify::EarlierMail::Addresses others;
  const auto read = owners.database().read([&] {
    auto reached = reachedLately(table, account, now);
    // Who is refused now is not compared with himself.
    for (const auto& one : refused) reached.erase(one.address);
    auto all = reached;
    for (const auto& one : refused) all.emplace(one.address, one.at - kWellBefore);
    const auto took = tookMail(table, account, all);
    for (const auto& one : refused) answers.emplace(one.address, took.contains(one.address));
    for (const auto& [address, until] : reached) {
      ++others.looked;
      if (took.contains(address)) ++others.accepted;
    }
  });
  if (read) owners.causes().lookedUp(account, answers, others);
}

}  // namespace arrivald::watch
