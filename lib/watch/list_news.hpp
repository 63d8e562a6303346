// ListNews: what is new on the suppression lists, by cause and domain group, as rules and the digest ask for
// it. Reads the entries of the store, so that neither a restart nor a crash loses any.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/instant.hpp"
#include "store/entry_counts_table.hpp"
#include "store/suppressions_table.hpp"

namespace arrivald::watch {

/// Keeps the answers about one instant, since several rules ask the same. Resource; loop thread only.
class ListNews {
 public:
  explicit ListNews(store::Database& database) : database_(database) {}
  ListNews(const ListNews&) = delete;
  ListNews& operator=(const ListNews&) = delete;

  using Rows = std::vector<store::NewEntries>;
  /// Of entries first seen in (end − window, end] after the account's list was first read to its end. Nothing
  /// if the store cannot be read.
  const Rows* of(std::string_view account, Duration window, Instant end);
  /// Whether the list held an entry of these receivers before (end − window, end]; empty: of any. Nothing if
  /// the store cannot be read.
  std::optional<bool> before(std::string_view account, suppression::List list, std::string_view receivers,
                             Duration window, Instant end);

  static constexpr int kUsualDays = 28;
  using Days = std::vector<store::EntriesOfDay>;
  /// Of entries of an account's lists that hold replies, created on the kUsualDays days before `day` of the
  /// desk's zone. Read once a day, and after a crawl. Nothing if the store cannot be read.
  const Days* daysBefore(std::string_view account, Date day);
  /// Entries were found that were created long before.
  void foundOlder(std::string_view account) { days_.erase(std::string(account)); }

  /// New entries were stored at `at`.
  void added(std::string_view account, Instant at);
  /// The clock was set, or the store holds something else now.
  void forget();

 private:
  store::Database& database_;
  std::optional<Instant> asked_;  // the instant that the answers are about
  std::map<std::pair<std::string, Duration>, Rows> rows_;
  std::map<std::string, Instant, std::less<>> newest_;  // no entry is newer, by account
  std::map<std::string, std::pair<Date, Days>> days_;   // before that day, by account
  // What was there before once, was there before ever after.
  std::set<std::tuple<std::string, suppression::List, std::string>> before_;
};

}  // namespace arrivald::watch
