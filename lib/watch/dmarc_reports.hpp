// DmarcReports: the DMARC reports that came in, each counted once, and what was refused.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dmarc/verdict.hpp"
#include "metrics/registry.hpp"
#include "store/database.hpp"
#include "store/dmarc_aside_table.hpp"
#include "store/dmarc_days_table.hpp"
#include "store/dmarc_reports_table.hpp"
#include "watch/dmarc_input.hpp"
#include "watch/dmarc_known.hpp"
#include "watch/owner.hpp"
#include "watch/store_health.hpp"

namespace arrivald::watch {

/// How the folder of reports was found at the last look.
struct DmarcFolder {
  Instant looked{};
  std::size_t files = 0, waiting = 0;  ///< of those, the files that will be read
  std::optional<Error> error = {};     ///< why it cannot be read
  std::optional<Error> unread = {};    ///< how many files cannot be read, which is one of them, and why
};

/// Resource; loop thread only.
class DmarcReports final : public Owner {
 public:
  static constexpr int kDaysKept = 400;            ///< of sums, and of what recognises a report
  static constexpr int kRowsKeptDays = 90;         ///< of the rows of a report
  static constexpr std::size_t kMaxTogether = 64;  ///< inputs of one transaction

  DmarcReports(store::Database& database, Clock& clock, metrics::Registry& registry, StoreHealth& health);

  void load() override;
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;
  void storeShift(Duration step) override;
  void storeReopened() override;

  /// Counts what is new in the inputs, keeps what is refused, and remembers the files, all in one
  /// transaction. What became of each, in their order; if the store refuses, nothing has changed.
  Result<std::vector<dmarc::Verdict>> take(const std::vector<DmarcInput>& inputs);

  /// Removes what has been kept for long enough. Once a day is enough.
  Done prune();

  /// The files of the directory that have been read, by name.
  const std::map<std::string, store::DmarcFilesTable::Mark>& files() const { return files_; }
  Done forgetFiles(const std::vector<std::string>& names);

  /// When an input was last stored.
  const std::optional<Instant>& lastInput() const { return lastInput_; }
  /// Since when reports could come in: the start of the process.
  Instant since() const { return since_; }
  /// Rises with all that is stored.
  std::uint64_t version() const { return version_; }

  /// For the rules.
  DmarcKnown& known() { return known_; }
  /// Nothing: there is none, or it has not been looked at.
  const std::optional<DmarcFolder>& folder() const { return folder_; }
  void setFolder(std::optional<DmarcFolder> folder) { folder_ = std::move(folder); }

  /// For Database::read(), with the tables.
  store::Database& database() const { return database_; }
  const TimeZone& zone() const { return zone_; }
  /// Whether reports about it are counted: it is a configured domain, or below one.
  bool isOurs(std::string_view domain) const;

 private:
  dmarc::Verdict takeOne(const DmarcInput& input);
  dmarc::Standing count(const DmarcReport& ready, const std::string& via);
  void subtract(std::uint64_t key);
  void exportOutcome(const DmarcInput& input, const dmarc::Verdict& verdict);

  store::Database& database_;
  Clock& clock_;
  metrics::Registry& registry_;
  StoreHealth& health_;
  TimeZone zone_;
  std::set<std::string> domains_;
  std::map<std::string, store::DmarcFilesTable::Mark> files_;
  std::optional<Instant> lastInput_;
  Instant since_;
  std::uint64_t version_ = 0;
  DmarcKnown known_;
  std::optional<DmarcFolder> folder_;
};

/// "p=none sp=reject": the policy of a report in one line, as it was published.
std::string policyText(const aggregate::Policy& policy);

}  // namespace arrivald::watch
