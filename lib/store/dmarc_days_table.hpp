// DmarcDaysTable: what the DMARC reports of a day come to, and who sends as a domain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/days.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class DmarcDaysTable {
 public:
  explicit DmarcDaysTable(Database& database) : database_(database) {}

  void add(const dmarc::DayCounts& counts);
  /// Of what was added.
  void subtract(const dmarc::DayCounts& counts);

  /// All sums of a domain, day by day; `to` is the last day.
  dmarc::DayCounts counts(std::string_view domain, Date from, Date to);

  struct Source {
    std::int64_t id = 0;
    dmarc::Sender sender;
    Date firstDay, lastDay;                      ///< of what was ever reported of it
    dmarc::Aligned ever = dmarc::Aligned::none;  ///< what ever passed aligned of its mail, both together
  };
  /// Of a domain, by id, at most `max` behind `after`.
  std::vector<Source> sources(std::string_view domain, std::int64_t after, std::size_t max);

  struct Cell {
    Date day;
    std::int64_t source = 0;
    dmarc::Fate fate;
    std::int64_t reporter = 0;  ///< see names()
    std::uint64_t messages = 0;
  };
  /// The sums without header domains of a domain, in the order of their members; `to` is the last day. At
  /// most `max` behind `after`; nothing: from the day `from` on.
  std::vector<Cell> cells(std::string_view domain, Date from, Date to, const std::optional<Cell>& after,
                          std::size_t max);
  /// The names of reporters.
  std::map<std::int64_t, std::string> names(const std::vector<std::int64_t>& ids);

  struct Span {
    Date first, last;
    friend bool operator==(const Span&, const Span&) = default;
  };
  /// The domains with days, in their order.
  std::map<std::string, Span> domains();

  void removeBefore(Date day);

 private:
  void put(const dmarc::DayCounts& counts, const char* sql, bool adding);
  Database& database_;
};

}  // namespace arrivald::store
