// DmarcReportsTable: the DMARC reports that were counted, so that none is counted twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/report.hpp"
#include "dmarc/alignment.hpp"
#include "dmarc/identity.hpp"
#include "store/database.hpp"

namespace arrivald::store {

/// All members throw SqlError; call them inside Database::transact() or read(). Loop thread only.
class DmarcReportsTable {
 public:
  explicit DmarcReportsTable(Database& database) : database_(database) {}

  struct Row {
    dmarc::Fingerprint print;
    std::string domain, reporter;
    std::string zone;  ///< by which its days were found
    aggregate::Period period;
    Instant received{};
    std::string via;
    dmarc::Tally tally;
    std::string policy;  ///< as the reporter saw it: "p=none sp=reject"
    std::uint32_t warnings = 0;
    std::string rows = {};  ///< deflated; empty once they are too old
  };
  void put(const Row& row);
  std::optional<dmarc::Fingerprint> find(std::uint64_t key);
  std::optional<Row> whole(std::uint64_t key);
  /// The newest first, without their rows.
  std::vector<Row> latest(std::string_view domain, std::size_t max);
  std::uint64_t count();
  struct Seen {
    std::string policy;
    Instant first{}, last{};  ///< beginning of the first period and end of the last one
  };
  /// The policies that reports saw which were received in [from, to).
  std::vector<Seen> policies(std::string_view domain, Instant from, Instant to);
  struct Arrival {
    std::string reporter;
    Instant last{};  ///< of a day in UTC
  };
  /// When reports about it came, one a reporter and day, likewise; at most `max`.
  std::vector<Arrival> arrivals(std::string_view domain, Instant from, Instant to, std::size_t max);

  /// Of reports received before it, the rows.
  void removeRowsBefore(Instant at);
  void removeBefore(Instant at);
  void shift(Duration step);

 private:
  Database& database_;
};

}  // namespace arrivald::store
