#include "watch/entry_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/lower.hpp"
#include "store/meta_table.hpp"
#include "store/suppressions_table.hpp"

namespace arrivald::watch {

using stream::EventKind;
using suppression::List;

namespace {

constexpr std::string_view kMarkKey = "entry_events/";  // and the account
// Of each map between two flushes; what is beyond is not counted, which makes an advice more careful.
constexpr std::size_t kMaxNoted = 50'000;
constexpr std::size_t kMaxEntries = 20;  // of one address

struct StopReason {
  std::string_view begin;  // in small letters
  List list;
};
constexpr std::array kStopReasons = {
    StopReason{"bounced address", List::bounces},
    StopReason{"unsubscribed address", List::unsubscribes},
    StopReason{"spam reporting address", List::spamReports},
    StopReason{"invalid address", List::invalidEmails},
};

std::optional<List> listOf(std::string_view reason) {
  const auto plain = lower(reason.substr(0, 64));
  for (const auto& one : kStopReasons)
    if (plain.starts_with(one.begin)) return one.list;
  return plain == "invalid" ? std::optional(List::invalidEmails) : std::nullopt;
}

bool isStoppedBy(const store::StoredEntry& entry, List list) {
  // The reason is the same for all mail and for groups of it.
  const bool unsubscribed = list == List::unsubscribes && entry.list == List::groupUnsubscribes;
  return !entry.removed && (entry.list == list || unsubscribed);
}

}  // namespace

void EntryEvents::note(const std::string& account, const stream::Record& record) {
  if (record.kind == EventKind::delivered && !record.domain.empty()) {
    const auto domain = lower(record.domain);
    if (accepted_.size() >= kMaxNoted && !accepted_.contains(domain)) return;
    auto& accepted = accepted_[domain];
    ++accepted.mails;
    accepted.last = std::max(accepted.last, record.at);
  }
  if (record.kind != EventKind::dropped || record.email.empty()) return;
  const auto list = listOf(record.reason);
  if (list && stopped_.size() < kMaxNoted) ++stopped_[{account, std::string(record.email), *list}];
}

void EntryEvents::loadMarks() {
  if (loaded_) return;
  const auto read = database_.read([&] {
    for (const auto& [key, mark] : store::MetaTable(database_).withPrefix(kMarkKey))
      std::from_chars(mark.data(), mark.data() + mark.size(), marks_[key.substr(kMarkKey.size())]);
  });
  loaded_ = read.ok();
}

bool EntryEvents::contains(const std::string& account, std::int64_t batch) {
  loadMarks();
  const auto found = marks_.find(account);
  return found != marks_.end() && batch <= found->second;
}

Done EntryEvents::flush(const std::set<std::string>& accounts, std::int64_t upTo) {
  if (accepted_.empty() && stopped_.empty()) return done();
  loadMarks();
  auto marks = marks_;
  for (const auto& account : accounts) marks[account] = upTo;
  const auto stored = database_.transact([&] {
    put();
    store::MetaTable meta(database_);
    for (const auto& account : accounts) meta.put(std::string(kMarkKey) + account, std::to_string(upTo));
  });
  if (!stored) return stored;
  marks_ = std::move(marks);
  accepted_.clear();
  stopped_.clear();
  return stored;
}

void EntryEvents::put() {
  store::SuppressionsTable wide(database_);
  store::EntriesTable narrow(database_);
  for (const auto& [domain, accepted] : accepted_) narrow.addAccepted(domain, accepted.mails, accepted.last);
  for (const auto& [stop, sends] : stopped_) {
    const auto& [account, email, list] = stop;
    for (const auto& entry : wide.find(email, kMaxEntries))
      if (entry.account == account && isStoppedBy(entry, list))
        narrow.addStopped(entry.id, entry.entry.created, sends);
  }
}

}  // namespace arrivald::watch
