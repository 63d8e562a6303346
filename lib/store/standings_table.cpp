#include "store/standings_table.hpp"

#include "store/blobs.hpp"

namespace arrivald::store {

void StandingsTable::put(std::string_view account, const StandingRow& row) {
  Statement put(
      database_,
      "INSERT OR REPLACE INTO standings (account, at, remain, total, overage, next_reset, reputation, "
      "plan) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  // A reputation is kept in hundredths.
  const auto hundredths =
      row.reputation ? std::optional<std::int64_t>(static_cast<std::int64_t>(*row.reputation * 100 + 0.5))
                     : std::nullopt;
  const auto reset = row.nextReset ? std::optional<std::int64_t>(dayNumber(*row.nextReset)) : std::nullopt;
  put.bind(account).bind(unixMilliseconds(row.at));
  for (const auto& number : {row.remain, row.total, row.overage, reset, hundredths})
    put.bind(number.value_or(-1));
  put.bind(row.plan).run();
}

void StandingsTable::forgetBefore(Instant at) {
  Statement(database_, "DELETE FROM standings WHERE at < ?").bind(unixMilliseconds(at)).run();
}

std::vector<std::pair<std::string, StandingRow>> StandingsTable::all() {
  std::vector<std::pair<std::string, StandingRow>> found;
  Statement rows(
      database_,
      "SELECT account, at, remain, total, overage, next_reset, reputation, plan FROM standings ORDER BY "
      "account, at");
  const auto known = [&](int column) {
    const auto number = rows.integer(column);
    return number < 0 ? std::nullopt : std::optional<std::int64_t>(number);
  };
  while (rows.step()) {
    StandingRow row;
    row.at = fromUnixMilliseconds(rows.integer(1));
    row.remain = known(2);
    row.total = known(3);
    row.overage = known(4);
    if (const auto day = known(5)) row.nextReset = Date(std::chrono::days(*day));
    if (const auto hundredths = known(6)) row.reputation = static_cast<double>(*hundredths) / 100;
    row.plan = std::string(rows.text(7));
    found.emplace_back(rows.text(0), std::move(row));
  }
  return found;
}

void StandingsTable::shift(Duration step) {
  // A key may meet its neighbour on the way: everything moves through a range that is not used.
  Statement(database_, "UPDATE standings SET at = -at - ?").bind(step.count()).run();
  Statement(database_, "UPDATE standings SET at = -at").run();
}

}  // namespace arrivald::store
