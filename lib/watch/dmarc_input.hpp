// dmarc_input: bytes that came in as DMARC reports, read on another thread, so that the loop only stores
// them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregate/input_reader.hpp"
#include "base/clock.hpp"
#include "dmarc/days.hpp"
#include "dmarc/identity.hpp"
#include "runtime/file_thread.hpp"
#include "store/dmarc_files_table.hpp"

namespace arrivald::watch {

/// How reports come in; the spelling of the store, of metrics and of JSON.
inline constexpr const char* kViaDirectory = "directory";
inline constexpr const char* kViaPost = "post";

/// A report and what is stored of it. Its own rows are no longer needed, and gone.
struct DmarcReport {
  aggregate::Report report;
  dmarc::Fingerprint print;
  dmarc::Tally tally;
  dmarc::DayCounts days;
  std::string zone;  ///< by which its days were found
  std::string rows;  ///< deflated
};

struct DmarcInput {
  std::string via;
  std::string name;                                       ///< of the file; empty: none
  std::optional<store::DmarcFilesTable::Mark> mark = {};  ///< of the file, to be remembered
  std::uint64_t bytes = 0;
  std::string head = {};  ///< as much as is kept if it is refused
  std::vector<DmarcReport> reports = {};
  aggregate::Findings findings = {};

  /// The rows that are written if all of it is counted.
  std::size_t cost() const;
};

/// Pure, and takes as long as the bytes are many.
DmarcInput dmarcInputOf(const std::string& bytes, std::string via, std::string name, Instant now,
                        const TimeZone& zone);

/// The same on `thread`, which must outlive the task.
runtime::Task<DmarcInput> readDmarcInput(std::shared_ptr<const std::string> bytes, std::string via,
                                         std::string name, Instant now, TimeZone zone,
                                         runtime::FileThread& thread);

}  // namespace arrivald::watch
