#include "desk/group_answer.hpp"

#include <algorithm>
#include <array>

#include "causes/texts.hpp"
#include "desk/local_date.hpp"
#include "store/entry_cells.hpp"

namespace arrivald::desk {

using causes::Class;
using store::EntryCountsTable;
using suppression::Side;

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// What a receiver's IT staff can mend: they refuse our server, or their own does not work.
constexpr std::array kForTheirStaff = {Class::senderBlocked, Class::recipientRefused, Class::content,
                                       Class::network};

template <class Key>
std::vector<std::pair<Key, std::int64_t>> mostFirst(const std::map<Key, std::int64_t>& counts) {
  std::vector<std::pair<Key, std::int64_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace

std::string addressIn(std::string_view reply) {
  for (std::size_t begin = 0; begin < reply.size(); ++begin) {
    if (!isDigit(reply[begin]) || (begin > 0 && (isDigit(reply[begin - 1]) || reply[begin - 1] == '.')))
      continue;
    std::size_t at = begin;
    int parts = 0;
    for (; parts < 4; ++parts) {
      int number = 0, digits = 0;
      for (; at < reply.size() && isDigit(reply[at]) && digits < 4; ++at, ++digits)
        number = number * 10 + (reply[at] - '0');
      if (digits == 0 || digits > 3 || number > 255) break;
      if (parts < 3 && (at >= reply.size() || reply[at++] != '.')) break;
    }
    // Not "5.7.1.2.3", and not a version such as "1.2.3.4-5" either.
    const bool ends =
        at >= reply.size() ||
        (!isDigit(reply[at]) && (reply[at] != '.' || at + 1 >= reply.size() || !isDigit(reply[at + 1])));
    if (parts == 4 && ends) return std::string(reply.substr(begin, at - begin));
  }
  return {};
}

Result<std::vector<GroupRow>> Groups::all(const Query& query) const {
  auto filter = query.filter;
  filter.receivers.clear();
  std::map<std::string, GroupRow> rows;
  const auto read = owners_.database().read([&] {
    for (const auto& cell : store::EntryCells(owners_.database()).of(filter)) {
      auto& row = rows[cell.receivers];
      row.group = cell.receivers;
      row.entries += cell.entries;
      row.bySide[cell.side] += cell.entries;
    }
  });
  if (!read) return read.error();
  std::vector<GroupRow> sorted;
  for (auto& [group, row] : rows) sorted.push_back(std::move(row));
  std::ranges::stable_sort(sorted, std::greater<>(), &GroupRow::entries);
  return sorted;
}

Done Groups::addRefusal(const Query& query, Language language, GroupAnswer& answer) const {
  std::optional<Class> refused;
  for (const auto cause : kForTheirStaff) {
    const bool isThere =
        std::ranges::any_of(answer.causes, [&](const auto& one) { return one.first == cause; });
    if (!isThere) continue;
    auto wanted = query;
    wanted.filter.cause = cause;
    wanted.order = store::EntriesTable::Order::newest;
    wanted.after.reset();
    auto page = entries_.page(wanted, 1);
    if (!page) return page.error();
    if (page->rows.empty() || suppression::isWish(page->rows[0].list)) continue;
    if (answer.refusal && answer.refusal->entry.created >= page->rows[0].entry.created) continue;
    answer.refusal = std::move(page->rows[0]);
    refused = cause;
  }
  if (!answer.refusal) return done();
  auto ofCause = query.filter;
  ofCause.cause = refused;
  const auto read = owners_.database().read(
      [&] { answer.refusedSince = store::EntryCells(owners_.database()).firstDay(ofCause); });
  if (!read) return read;
  const auto since = localDate(answer.refusedSince.value_or(query.period.first), language);
  const auto server = addressIn(answer.refusal->entry.reason);
  answer.itDeskText = causes::itDeskText(
      language, {answer.refusal->domain, since, server.empty() ? "—" : server, answer.refusal->entry.reason});
  return done();
}

Result<GroupAnswer> Groups::answer(const std::string& group, const Query& asked, Language language) const {
  auto query = asked;
  query.filter.receivers = group;
  GroupAnswer answer;
  answer.group = group;
  answer.period = query.period;
  auto& database = owners_.database();
  const auto read = database.read([&] {
    EntryCountsTable table(database);
    const auto counts = table.count(query.filter);
    answer.entries = counts.entries;
    answer.bySide = counts.bySide;
    answer.causes = mostFirst(counts.byCause);
    answer.byDay = table.byDay(query.filter);
    answer.domains = table.domains(query.filter, kMaxDomains);
    const auto earlier = during(query, suppression::before(query.period, entries_.zone())).filter;
    for (const auto& [side, entries] : table.bySide(earlier)) answer.entriesBefore += entries;
  });
  if (!read) return read.error();
  if (const auto refusal = addRefusal(query, language, answer); !refusal) return refusal.error();
  return answer;
}

}  // namespace arrivald::desk
