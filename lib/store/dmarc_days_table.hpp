// DmarcDaysTable: what the DMARC reports of a day come to, and who sends as a domain.
#pragma once

#include <cstdint>
#include <map>
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
  std::vector<Source> sources(std::string_view domain);

  struct Cell {
    Date day;
    std::int64_t source = 0;
    dmarc::Fate fate;
    std::uint64_t messages = 0;
  };
  /// The sums without reporters and header domains, by day; `to` is the last day.
  std::vector<Cell> cells(std::string_view domain, Date from, Date to);

  struct Reporter {
    std::string name;
    Date lastDay;
    std::uint64_t days = 0, messages = 0, failed = 0;
  };
  std::vector<Reporter> reporters(std::string_view domain, Date from, Date to);

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
