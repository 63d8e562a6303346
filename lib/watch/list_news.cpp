#include "watch/list_news.hpp"

#include <algorithm>

namespace arrivald::watch {

const ListNews::Rows* ListNews::of(std::string_view account, Duration window, Instant end) {
  static const Rows kNone;
  const auto from = end - window;
  if (const auto newest = newest_.find(account); newest != newest_.end() && newest->second <= from)
    return &kNone;
  if (asked_ != end) rows_.clear();
  asked_ = end;
  const std::pair key(std::string(account), window);
  if (const auto known = rows_.find(key); known != rows_.end()) return &known->second;
  Rows rows;
  const auto read =
      database_.read([&] { rows = store::SuppressionsTable(database_).news(account, from, end); });
  if (!read) return nullptr;
  if (rows.empty()) newest_.try_emplace(std::string(account), from);
  return &rows_.emplace(key, std::move(rows)).first->second;
}

std::optional<bool> ListNews::before(std::string_view account, suppression::List list,
                                     std::string_view receivers, Duration window, Instant end) {
  const std::tuple key(std::string(account), list, std::string(receivers));
  if (before_.contains(key)) return true;
  bool found = false;
  const auto read = database_.read(
      [&] { found = store::SuppressionsTable(database_).hadBefore(account, list, receivers, end - window); });
  if (!read) return std::nullopt;
  if (found) before_.insert(key);
  return found;
}

const ListNews::Days* ListNews::daysBefore(std::string_view account, Date day) {
  const std::string key(account);
  if (const auto known = days_.find(key); known != days_.end() && known->second.first == day)
    return &known->second.second;
  Days days;
  const auto read = database_.read([&] {
    days = store::EntryCountsTable(database_).repliesByDay(account, day - std::chrono::days(kUsualDays),
                                                           day - std::chrono::days(1));
  });
  if (!read) return nullptr;
  return &days_.insert_or_assign(key, std::pair(day, std::move(days))).first->second.second;
}

void ListNews::added(std::string_view account, Instant at) {
  newest_.insert_or_assign(std::string(account), at);
  rows_.clear();
}

void ListNews::forget() {
  asked_.reset();
  rows_.clear();
  newest_.clear();
  before_.clear();
  days_.clear();
}

}  // namespace arrivald::watch
